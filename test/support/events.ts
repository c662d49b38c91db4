import type { EventSink } from '../../src/monitoring/events.ts';

/** For parts whose events a test does not look at. */
export const noEvents: EventSink = { emit: () => {} };
