import { similarityTo } from '../domain/assignment/assign.ts';
import type { Logger } from '../lib/logger.ts';
import type { SkipDecision } from '../storage/store.ts';
import type { EventMap, Events, FiledFrame } from './events.ts';

/** Writes a log line for each event. Operators' tools rely on the messages and fields. */
export function logEvents(events: Events, log: Logger): void {
  logFrames(events, log);
  logChanges(events, log);
  logFailures(events, log);
}

function logFrames(events: Events, log: Logger): void {
  events.on('frame.filed', (filed) => log.info(filedFields(filed), 'filed'));
  events.on('frame.adopted', (filed) => log.info(filedFields(filed), 'adopted'));
  events.on('frame.skipped', ({ source, reason }) => log.info({ source }, skippedBecause[reason]));
  events.on('frame.quarantined', ({ source, reason, message }) =>
    log.warn({ source, reason, message }, 'quarantined'),
  );
  events.on('frame.lost', (lost) => log.warn(lost, 'the picture was removed or changed before it was filed'));
  events.on('frames.resumed', (resumed) => log.info(resumed, 'carried out the plans of an earlier run'));
}

function logChanges(events: Events, log: Logger): void {
  events.on('library.edited', ({ renamed, moved, forgotten }) =>
    log.info(
      { renamed: renamed.length, moved: moved.length, forgotten: forgotten.length },
      'a person changed the library',
    ),
  );
  events.on('change.planned', ({ act, evidence, pictures }) =>
    log.info({ ...evidence, act, pictures }, 'consolidation applied a change'),
  );
  events.on('change.proposed', ({ change, similarity }) =>
    log.info({ ...change, similarity }, 'consolidation proposed a change'),
  );
  events.on('request.done', ({ kind, result }) =>
    log.info({ wanted: kind, ...result }, 'a command was answered'),
  );
}

function logFailures(events: Events, log: Logger): void {
  events.on('retry.pending', ({ what, tries, error, retryMs }) =>
    log.warn(
      { what, tries, err: error, retryMs: Math.round(retryMs) },
      retryMs === Number.POSITIVE_INFINITY
        ? 'placing failed; the next run tries again'
        : 'placing failed and will be tried again',
    ),
  );
  events.on('error', ({ where, error, message, tries }) => {
    const level = levelOf[where];
    if (level !== undefined) log[level]({ err: error, ...(tries !== undefined && { tries }) }, message);
  });
}

/** The status is written every second: failures are counted, not logged. */
const levelOf: Record<EventMap['error']['where'], 'error' | 'warn' | undefined> = {
  store: 'error',
  library: 'warn',
  watch: 'warn',
  status: undefined,
};

const skippedBecause: Record<SkipDecision['reason'], string> = {
  duplicate: 'skipped: the same bytes were filed before',
  'no-picture': 'a file in a folder of the library is no picture that can be read, and is left alone',
};

function filedFields({ decision, stageTimes, totalMs }: FiledFrame) {
  const { frame, founded, evidence, placement } = decision;
  return {
    frame: frame.id,
    source: frame.source,
    group: placement.folder,
    founded: founded !== undefined,
    similarity: rounded(evidence.nearest && similarityTo(evidence.nearest), 4),
    probability: rounded(evidence.probability, 3),
    readMs: rounded(stageTimes?.readMs, 1),
    decodeMs: rounded(stageTimes?.decodeMs, 1),
    embedMs: rounded(stageTimes?.embedMs, 1),
    totalMs,
  };
}

function rounded(value: number | undefined, digits: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}
