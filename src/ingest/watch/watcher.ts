/** `events`: the system reports changes. `polling`: framesort checks the folders. */
export type WatchMode = 'events' | 'polling';

/** Reports possible changes of a path. Hints come late, twice, or never: the scan is the truth. */
export interface Watcher {
  /** Resolves when changes in the folder (not below) are reported, or returns the reason of a failure. */
  watch(folder: string, mode: WatchMode): Promise<string | undefined>;
  unwatch(folder: string): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  /** Period of polling a folder. */
  readonly pollMs: number;
}

export interface WatchEvents {
  /** A path of a file, or of a folder with a possible change. */
  readonly onHint: (path: string) => void;
  /** Hints may have been lost: a scan is due. */
  readonly onError: (error: unknown) => void;
}
