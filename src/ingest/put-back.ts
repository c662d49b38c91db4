import type { Clock } from '../lib/async/clock.ts';
import type { Intake } from './intake.ts';
import type { Prepared } from './prepare.ts';

/** Tries for a file without a usable time. With the pauses, about half a minute. */
const triesOfUndated = 7;

/**
 * Returns a file to the intake if no decision is possible now: the file is gone, the system refused to read,
 * or the file is unreadable and perhaps incomplete. Returns whether the file was returned.
 */
export function putBack(
  prepared: Prepared,
  { intake, clock }: { readonly intake: Intake; readonly clock: Pick<Clock, 'now'> },
  incompleteMs: number,
): boolean {
  const { path, facts } = prepared.file;
  const tries = intake.triesOf(path) + 1;
  const ageMs = clock.now() - facts.mtimeMs;
  // A time in the future says nothing about a file's age: count tries instead.
  const isYoung = ageMs < incompleteMs && (ageMs >= 0 || tries <= triesOfUndated);
  if (prepared.kind === 'gone') intake.release(path);
  else if (prepared.kind === 'postponed') intake.postpone(path, prepared.error, tries);
  else if (prepared.kind === 'faulty' && isYoung) intake.postpone(path, prepared.error, tries);
  else return false;
  return true;
}
