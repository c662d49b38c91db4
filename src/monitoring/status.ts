import type { Counts } from '../storage/store.ts';
import type { RecentError, Totals } from './statistics.ts';

export type DaemonState = 'starting' | 'running' | 'draining' | 'stopped';

/** What can be said of a daemon: one plain object, written to the state folder while it runs. */
export interface Status {
  readonly state: DaemonState;
  readonly pid: number;
  readonly startedMs: number;
  readonly updatedMs: number;
  readonly inboxes: readonly {
    readonly folder: string;
    readonly watching: 'events' | 'polling' | 'missing';
    /** Why it is missing or polled. */
    readonly why?: string;
  }[];
  readonly library: string;
  readonly model: string;
  /** Another model that is to decide. */
  readonly change?: {
    readonly model: string;
    readonly state: 'embedding' | 'waiting-to-be-confirmed' | 'changing';
    /** Frames that have a vector of it, of all. */
    readonly done: number;
    readonly frames: number;
  };
  readonly sinceStart: Totals;
  readonly framesPerMinute: number;
  /** Files that settle or are worked on. */
  readonly backlog: { readonly waiting: number; readonly underWay: number };
  /** Of its groups those that hold frames. */
  readonly store: Counts;
  /** Frames that are to be looked at again, and changes of groups that are only proposed. */
  readonly secondLook: { readonly waiting: number; readonly proposals: number };
  readonly indexFrames: number;
  /** What is tried again and again, and why it does not work. */
  readonly problems: readonly { readonly what: string; readonly message: string; readonly tries: number }[];
  /** What is left alone in the inboxes: links, pipes, folders that can't be read. */
  readonly odd: readonly { readonly path: string; readonly reason: string }[];
  readonly troubles: readonly RecentError[];
}
