/**
 * Which segments an index consists of, as a function of how many times it sealed one: nothing else decides, so that
 * the same order of arrival is searched in the same segments, however fast or slow the merging in the background is.
 */
export interface SegmentLayout {
  /** Frames after which the growing part is sealed. */
  readonly sealFrames: number;
  /** From small to large; the first is one seal, at once. */
  readonly levels: readonly Level[];
}

export interface Level {
  /** Seals that one segment of this level covers; a multiple of the level before. */
  readonly seals: number;
  /** Seals that pass before a merged segment is searched in place of its parts: the time there is to build it. */
  readonly lag: number;
}

/** The segment of a level that begins after the first `start` seals. */
export interface SegmentBlock {
  readonly level: number;
  readonly start: number;
}

/** Names a block. */
export function keyOf({ level, start }: SegmentBlock): string {
  return `${level}-${start}`;
}

export function endOf({ level, start }: SegmentBlock, { levels }: SegmentLayout): number {
  return start + (levels[level]?.seals ?? 1);
}

/** The segments to search after so many seals, oldest first: merged ones as soon as they are due. */
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
 * The segments that lie without a gap from the beginning on, the largest where there are several: all that can be
 * known of the number of seals when only what was saved is left.
 */
export function contiguousSegments<Saved extends SegmentBlock>(
  saved: Iterable<Saved>,
  layout: SegmentLayout,
): Saved[] {
  const largest = new Map<number, Saved>();
  for (const block of saved)
    if (block.level >= (largest.get(block.start)?.level ?? 0)) largest.set(block.start, block);
  const tiling: Saved[] = [];
  for (let next = largest.get(0); next !== undefined; next = largest.get(endOf(next, layout)))
    tiling.push(next);
  return tiling;
}

/** The merged segments that can be built now and will be searched some day, the soonest due first. */
export function mergesAt(seals: number, layout: SegmentLayout): SegmentBlock[] {
  const blocks = layout.levels.flatMap((_, level) => (level === 0 ? [] : wholeBlocks(level, seals, layout)));
  const due = (block: SegmentBlock) => dueAt(block, layout);
  return blocks.filter((block) => !isSuperseded(block, seals, layout)).sort((a, b) => due(a) - due(b));
}

function wholeBlocks(level: number, seals: number, layout: SegmentLayout): SegmentBlock[] {
  const size = layout.levels[level]?.seals ?? 1;
  return Array.from({ length: Math.floor(seals / size) }, (_, i) => ({ level, start: i * size }));
}

/** Whether a larger segment is searched in its place by now. */
function isSuperseded(block: SegmentBlock, seals: number, layout: SegmentLayout): boolean {
  return layout.levels.slice(block.level + 1).some(({ seals: size }, above) => {
    const level = block.level + 1 + above;
    const larger = { level, start: Math.floor(block.start / size) * size };
    return dueAt(larger, layout) <= seals;
  });
}

/** The number of seals at which a merged segment takes the place of its parts. */
function dueAt(block: SegmentBlock, layout: SegmentLayout): number {
  return endOf(block, layout) + (layout.levels[block.level]?.lag ?? 0);
}

function isAligned({ level, start }: SegmentBlock, { levels }: SegmentLayout): boolean {
  return start % (levels[level]?.seals ?? 1) === 0;
}
