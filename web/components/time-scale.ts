/** Maps times to positions on a line from 0 to 1. Pure. */
export interface TimeScale {
  at(ms: number): number;
  /** Labelled times with their positions. */
  readonly marks: readonly { readonly at: number; readonly ms: number }[];
}

const marksMax = 6;

/** Linear in time. */
export function evenScale(momentsMs: readonly number[]): TimeScale {
  const sorted = momentsMs.toSorted((a, b) => a - b);
  const [first, last] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const span = Math.max(1, last - first);
  const marks = Array.from({ length: marksMax }, (_, i) => i / (marksMax - 1));
  return {
    at: (ms) => (ms - first) / span,
    marks: marks.map((at) => ({ at, ms: first + at * span })),
  };
}

/** Shortens long pauses: a gap counts by the logarithm of its seconds. Maps only the given times. */
export function shortenedScale(momentsMs: readonly number[]): TimeScale {
  const sorted = [...new Set(momentsMs)].sort((a, b) => a - b);
  const places = new Map<number, number>();
  let total = 0;
  for (const [i, ms] of sorted.entries()) {
    if (i > 0) total += Math.log1p((ms - (sorted[i - 1] as number)) / 1000);
    places.set(ms, total);
  }
  const at = (ms: number) => (places.get(ms) ?? 0) / (total || 1);
  return { at, marks: spread(sorted.map((ms) => ({ at: at(ms), ms }))) };
}

/** Returns the first mark, the last, and some marks between, all far enough apart to read. */
function spread(marks: readonly { readonly at: number; readonly ms: number }[]) {
  const apart = 1 / (marksMax - 1) - 1e-9;
  const last = marks.at(-1);
  const kept: { readonly at: number; readonly ms: number }[] = [];
  for (const mark of marks) {
    const isApart = kept.every(({ at }) => mark.at - at >= apart);
    if (isApart && (mark === last || 1 - mark.at >= apart)) kept.push(mark);
  }
  return last === undefined || kept.includes(last) ? kept : [...kept, last];
}
