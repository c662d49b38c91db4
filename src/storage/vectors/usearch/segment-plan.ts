/**
 * Plans the segments of an index as a function of the number of seals alone. Therefore an order of arrival is
 * always searched in the same segments, however fast background merges are.
 */
export interface SegmentLayout {
  /** Frames after which the growing segment is sealed. */
  readonly sealFrames: number;
  /** Levels from small to large. The first level is a single seal without lag. */
  readonly levels: readonly Level[];
}

export interface Level {
  /** Seals per segment of this level; a multiple of the previous level. */
  readonly seals: number;
  /** Seals before a merged segment replaces its parts: the time available to build it. */
  readonly lag: number;
}

/** The segment of a level that starts after `start` seals. */
export interface SegmentBlock {
  readonly level: number;
  readonly start: number;
}

/** Returns the key of a block. */
export function keyOf({ level, start }: SegmentBlock): string {
  return `${level}-${start}`;
}

export function endOf({ level, start }: SegmentBlock, { levels }: SegmentLayout): number {
  return start + (levels[level]?.seals ?? 1);
}

/**
 * Returns the segments to search after this many seals, oldest first. Uses merged segments as soon as they
 * are due.
 */
export function blocksAt(
  seals: number,
  layout: SegmentLayout,
  isUsable: (block: SegmentBlock) => boolean,
): SegmentBlock[] {
  const blocks: SegmentBlock[] = [];
  for (let start = 0; start < seals; ) {
    const block = largestAt(start, seals, layout, isUsable);
    blocks.push(block);
    start = endOf(block, layout);
  }
  return blocks;
}

function largestAt(
  start: number,
  seals: number,
  layout: SegmentLayout,
  isUsable: (block: SegmentBlock) => boolean,
): SegmentBlock {
  for (let level = layout.levels.length - 1; level > 0; level--) {
    const block = { level, start };
    if (isAligned(block, layout) && dueAt(block, layout) <= seals && isUsable(block)) return block;
  }
  return { level: 0, start };
}

/**
 * Returns the contiguous segments from the start, preferring the largest. After a loss, these tell the number
 * of seals.
 */
export function contiguousSegments<Saved extends SegmentBlock>(
  saved: Iterable<Saved>,
  layout: SegmentLayout,
): Saved[] {
  const largest = new Map<number, Saved>();
  for (const block of saved)
    if (block.level >= (largest.get(block.start)?.level ?? 0)) largest.set(block.start, block);
  const contiguous: Saved[] = [];
  for (let next = largest.get(0); next !== undefined; next = largest.get(endOf(next, layout)))
    contiguous.push(next);
  return contiguous;
}

/** Returns the merged segments that can be built now and will be searched later, soonest due first. */
export function mergesAt(seals: number, layout: SegmentLayout): SegmentBlock[] {
  const blocks = layout.levels.flatMap((_, level) => (level === 0 ? [] : wholeBlocks(level, seals, layout)));
  const due = (block: SegmentBlock) => dueAt(block, layout);
  return blocks.filter((block) => !isSuperseded(block, seals, layout)).sort((a, b) => due(a) - due(b));
}

function wholeBlocks(level: number, seals: number, layout: SegmentLayout): SegmentBlock[] {
  const size = layout.levels[level]?.seals ?? 1;
  return Array.from({ length: Math.floor(seals / size) }, (_, i) => ({ level, start: i * size }));
}

/** Whether a larger segment already replaces the block. */
function isSuperseded(block: SegmentBlock, seals: number, layout: SegmentLayout): boolean {
  return layout.levels.slice(block.level + 1).some(({ seals: size }, above) => {
    const level = block.level + 1 + above;
    const larger = { level, start: Math.floor(block.start / size) * size };
    return dueAt(larger, layout) <= seals;
  });
}

/** Number of seals at which a merged segment replaces its parts. */
function dueAt(block: SegmentBlock, layout: SegmentLayout): number {
  return endOf(block, layout) + (layout.levels[block.level]?.lag ?? 0);
}

function isAligned({ level, start }: SegmentBlock, { levels }: SegmentLayout): boolean {
  return start % (levels[level]?.seals ?? 1) === 0;
}
