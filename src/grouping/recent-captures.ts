import { type CaptureSource, spanMsMax } from '../domain/assignment/clock-reliability.ts';
import type { CaptureTime, FrameId } from '../domain/frame.ts';

/** A known frame near in time. */
export interface Moment {
  readonly frame: FrameId;
  /** From its capture to that of the frame at hand, ms; negative when it was captured later. */
  readonly spanMs: number;
}

interface Entry {
  readonly ms: number;
  readonly frame: FrameId;
}

/** Nearest moments that are looked at, on each side. */
const momentsMax = 3;

/** Frames that each clock remembers. */
export const rememberedFrames = 1_024;

/** The frames that arrived last, by capture time, each kind of clock for itself. */
export class RecentCaptures {
  readonly #byClock = new Map<CaptureSource, { readonly sorted: Entry[]; readonly arrived: Entry[] }>();

  add(frame: FrameId, { ms, origin }: CaptureTime): void {
    const line = this.#line(origin);
    const entry = { ms, frame };
    line.sorted.splice(placeAfter(line.sorted, ms), 0, entry);
    line.arrived.push(entry);
    if (line.arrived.length > rememberedFrames) remove(line.sorted, line.arrived.shift() as Entry);
  }

  /** The nearest before and after, nearest first; of equal times those that arrived last. */
  near({ ms, origin }: CaptureTime): Moment[] {
    const { sorted } = this.#line(origin);
    const place = placeAfter(sorted, ms);
    return sorted
      .slice(Math.max(0, place - momentsMax), place + momentsMax)
      .map((entry) => ({ frame: entry.frame, spanMs: ms - entry.ms }))
      .filter(({ spanMs }) => Math.abs(spanMs) <= spanMsMax)
      .sort((a, b) => Math.abs(a.spanMs) - Math.abs(b.spanMs) || b.frame - a.frame);
  }

  #line(clock: CaptureSource) {
    const known = this.#byClock.get(clock);
    if (known !== undefined) return known;
    const line = { sorted: [], arrived: [] };
    this.#byClock.set(clock, line);
    return line;
  }
}

/** Where an entry of this time goes: behind all that are not later. */
function placeAfter(sorted: readonly Entry[], ms: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Entry).ms <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function remove(sorted: Entry[], entry: Entry): void {
  for (let at = placeAfter(sorted, entry.ms) - 1; at >= 0; at--) {
    if (sorted[at] === entry) return void sorted.splice(at, 1);
  }
}
