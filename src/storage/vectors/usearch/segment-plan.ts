/**
 * Which segments an index consists of, as a function of how many times it sealed one: nothing else decides, so that
 * the same order of arrival is searched in the same segments, however fast or slow the merging in the background is.
 */
export interface Shape {
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
export interface Block {
  readonly level: number;
  readonly start: number;
}

/** Names a block. */
export function keyOf({ level, start }: Block): string {
  return `${level}-${start}`;
}

export function endOf({ level, start }: Block, { levels }: Shape): number {
  return start + (levels[level]?.seals ?? 1);
}

/** The segments to search after so many seals, oldest first: merged ones as soon as they are due. */
export function blocksAt(seals: number, shape: Shape, isUsable: (block: Block) => boolean): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < seals; ) {
    const block = largestAt(start, seals, shape, isUsable);
    blocks.push(block);
    start = endOf(block, shape);
  }
  return blocks;
}

function largestAt(start: number, seals: number, shape: Shape, isUsable: (block: Block) => boolean): Block {
  for (let level = shape.levels.length - 1; level > 0; level--) {
    const block = { level, start };
    if (isAligned(block, shape) && dueAt(block, shape) <= seals && isUsable(block)) return block;
  }
  return { level: 0, start };
}

/**
 * The segments that lie without a gap from the beginning on, the largest where there are several: all that can be
 * known of the number of seals when only what was saved is left.
 */
export function tilingOf<Saved extends Block>(saved: Iterable<Saved>, shape: Shape): Saved[] {
  const largest = new Map<number, Saved>();
  for (const block of saved)
    if (block.level >= (largest.get(block.start)?.level ?? 0)) largest.set(block.start, block);
  const tiling: Saved[] = [];
  for (let next = largest.get(0); next !== undefined; next = largest.get(endOf(next, shape)))
    tiling.push(next);
  return tiling;
}

/** The merged segments that can be built now and will be searched some day, the soonest due first. */
export function mergesAt(seals: number, shape: Shape): Block[] {
  const blocks = shape.levels.flatMap((_, level) => (level === 0 ? [] : wholeBlocks(level, seals, shape)));
  const due = (block: Block) => dueAt(block, shape);
  return blocks.filter((block) => !isSuperseded(block, seals, shape)).sort((a, b) => due(a) - due(b));
}

function wholeBlocks(level: number, seals: number, shape: Shape): Block[] {
  const size = shape.levels[level]?.seals ?? 1;
  return Array.from({ length: Math.floor(seals / size) }, (_, i) => ({ level, start: i * size }));
}

/** Whether a larger segment is searched in its place by now. */
function isSuperseded(block: Block, seals: number, shape: Shape): boolean {
  return shape.levels.slice(block.level + 1).some(({ seals: size }, above) => {
    const level = block.level + 1 + above;
    const larger = { level, start: Math.floor(block.start / size) * size };
    return dueAt(larger, shape) <= seals;
  });
}

/** The number of seals at which a merged segment takes the place of its parts. */
function dueAt(block: Block, shape: Shape): number {
  return endOf(block, shape) + (shape.levels[block.level]?.lag ?? 0);
}

function isAligned({ level, start }: Block, { levels }: Shape): boolean {
  return start % (levels[level]?.seals ?? 1) === 0;
}
