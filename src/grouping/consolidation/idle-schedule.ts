import { type Clock, pause } from '../../lib/async/clock.ts';
import type { Consolidator } from './consolidator.ts';

export interface IdleScheduleParts {
  readonly consolidator: Consolidator;
  readonly clock: Clock;
  /** Files in progress, and the number of frames so far. */
  readonly traffic: () => { readonly underWay: number; readonly frames: number };
  /** Runs `act`. Returns false if a disk fails; a later call retries. */
  readonly attempt: (failed: string, act: () => Promise<unknown>) => Promise<boolean>;
}

const pollEveryMs = 1_000;

/** Time without arrivals that counts as idle. */
const quietMs = 5_000;

/** If the daemon is never idle: a moment without files in progress suffices after this time. */
const patienceMs = 60_000;

/** Consolidates whenever the daemon is idle, until the signal aborts. */
export async function runWhenIdle(parts: IdleScheduleParts, signal: AbortSignal): Promise<void> {
  const { consolidator, clock, traffic, attempt } = parts;
  let [frames, busyMs, lastMs] = [traffic().frames, clock.passed(), clock.passed()];
  while (consolidator.isOn && !signal.aborted) {
    await pause(clock, pollEveryMs, signal);
    const [now, nowMs] = [traffic(), clock.passed()];
    if (now.underWay > 0 || now.frames !== frames) [frames, busyMs] = [now.frames, nowMs];
    const isTime = nowMs - busyMs >= quietMs || (now.underWay === 0 && nowMs - lastMs >= patienceMs);
    if (!isTime || signal.aborted || consolidator.status.waiting === 0) continue;
    await attempt('consolidation failed', () => consolidator.step(signal));
    lastMs = clock.passed();
  }
}
