import type { EventSink } from '../../src/monitoring/events.ts';

/** For parts without a test of their events. */
export const noEvents: EventSink = { emit: () => {} };
