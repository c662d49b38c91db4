import type { Counts } from '../storage/store.ts';
import type { RecentError, Totals } from './statistics.ts';

export type DaemonState = 'starting' | 'running' | 'draining' | 'stopped';

/** Status of a daemon: a plain object, written to the state folder while the daemon runs. */
export interface Status {
  readonly state: DaemonState;
  readonly pid: number;
  readonly startedMs: number;
  readonly updatedMs: number;
  readonly inboxes: readonly {
    readonly folder: string;
    readonly watching: 'events' | 'polling' | 'missing';
    /** Reason for a missing or polled inbox. */
    readonly why?: string;
  }[];
  readonly library: string;
  readonly model: string;
  /** A switch to another model. */
  readonly change?: {
    readonly model: string;
    readonly state: 'embedding' | 'waiting-to-be-confirmed' | 'changing';
    /** Frames with a vector of the new model. */
    readonly done: number;
    readonly frames: number;
  };
  readonly sinceStart: Totals;
  readonly framesPerMinute: number;
  /** Files that settle, and files under way. */
  readonly backlog: { readonly waiting: number; readonly underWay: number };
  /** Counts groups with frames only. */
  readonly store: Counts;
  /** Frames waiting for consolidation, and proposed changes. */
  readonly secondLook: { readonly waiting: number; readonly proposals: number };
  readonly indexFrames: number;
  /** Work under repeated retry, with the reason of the failure. */
  readonly problems: readonly { readonly what: string; readonly message: string; readonly tries: number }[];
  /** Ignored entries of the inboxes: links, pipes, unreadable folders. */
  readonly odd: readonly { readonly path: string; readonly reason: string }[];
  readonly troubles: readonly RecentError[];
}
