/** Tells that something may have changed at a path. Hints come late, twice, or not at all: the scan is the truth. */
export interface Watcher {
  close(): Promise<void>;
}

export interface WatchEvents {
  readonly onHint: (path: string) => void;
  /** Hints may have been lost: a scan is due. */
  readonly onTrouble: (error: unknown) => void;
}

export interface WatchOptions {
  readonly folders: readonly string[];
  /** Look for changes instead of being told. */
  readonly usePolling: boolean;
  /** Whether a file or folder of this name is looked at; the rest costs no watch. */
  readonly isWanted: (name: string) => boolean;
  /** Whether the file was dealt with: it needs no watch any more. */
  readonly isKnown: (path: string) => boolean;
}
