import { type CaptureSource, spanMsMax } from '../domain/assignment/clock-reliability.ts';
import type { CaptureTime, FrameId } from '../domain/frame.ts';

/** A known frame close in time. */
export interface NearbyCapture {
  readonly frame: FrameId;
  /** Time from its capture to the current frame's, ms; negative if it was captured later. */
  readonly spanMs: number;
}

interface Entry {
  readonly ms: number;
  readonly frame: FrameId;
}

/** Nearest captures to return, on each side. */
const capturesMax = 3;

/** Recent frames kept per capture source. */
export const rememberedFrames = 1_024;

/** The most recent frames by capture time, separate for each capture source. */
export class RecentCaptures {
  readonly #byClock = new Map<CaptureSource, { readonly sorted: Entry[]; readonly arrived: Entry[] }>();

  add(frame: FrameId, { ms, origin }: CaptureTime): void {
    const line = this.#line(origin);
    const entry = { ms, frame };
    line.sorted.splice(placeAfter(line.sorted, ms), 0, entry);
    line.arrived.push(entry);
    if (line.arrived.length > rememberedFrames) remove(line.sorted, line.arrived.shift() as Entry);
  }

  /** Returns the nearest captures before and after, nearest first. Ties go to later arrivals. */
  near({ ms, origin }: CaptureTime): NearbyCapture[] {
    const { sorted } = this.#line(origin);
    const place = placeAfter(sorted, ms);
    return sorted
      .slice(Math.max(0, place - capturesMax), place + capturesMax)
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

/** Returns the insertion point: behind all entries that are not later. */
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
