/** How an inbox is watched: told by the system, or by looking whether its folders have changed. */
export type WatchMode = 'events' | 'polling';

/** Tells that something may have changed at a path. Hints come late, twice, or not at all: the scan is the truth. */
export interface Watcher {
  /**
   * Tells of what happens in a folder, not of what happens in those below it, from when this resolves; or says why that
   * can't be done.
   */
  watch(folder: string, mode: WatchMode): Promise<string | undefined>;
  unwatch(folder: string): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  /** How often a folder is looked at when it is polled. */
  readonly pollMs: number;
}

export interface WatchEvents {
  /** A file, or a folder in which something may have changed. */
  readonly onHint: (path: string) => void;
  /** Hints may have been lost: a scan is due. */
  readonly onError: (error: unknown) => void;
}
