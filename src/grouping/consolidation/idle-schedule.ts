import { type Clock, pause } from '../../lib/async/clock.ts';
import type { Consolidator } from './consolidator.ts';

export interface IdleScheduleParts {
  readonly consolidating: Consolidator;
  readonly clock: Clock;
  /** Files that come, and how many came so far. */
  readonly traffic: () => { readonly underWay: number; readonly frames: number };
  /** What a disk refuses now is done the next time; false then. */
  readonly attempt: (failed: string, act: () => Promise<unknown>) => Promise<boolean>;
}

const pollEveryMs = 1_000;

/** Nothing came for so long: it is quiet. */
const quietMs = 5_000;

/** Where it never is, a moment in which nothing is under way is enough once in so long. */
const patienceMs = 60_000;

/** Has frames looked at again whenever nothing else is to be done, until the signal aborts. */
export async function runWhenIdle(parts: IdleScheduleParts, signal: AbortSignal): Promise<void> {
  const { consolidating, clock, traffic, attempt } = parts;
  let [frames, busyMs, lastMs] = [traffic().frames, clock.passed(), clock.passed()];
  while (consolidating.isOn && !signal.aborted) {
    await pause(clock, pollEveryMs, signal);
    const [now, nowMs] = [traffic(), clock.passed()];
    if (now.underWay > 0 || now.frames !== frames) [frames, busyMs] = [now.frames, nowMs];
    const isTime = nowMs - busyMs >= quietMs || (now.underWay === 0 && nowMs - lastMs >= patienceMs);
    if (!isTime || signal.aborted || consolidating.status.waiting === 0) continue;
    await attempt('pictures could not be looked at again', () => consolidating.step(signal));
    lastMs = clock.passed();
  }
}
