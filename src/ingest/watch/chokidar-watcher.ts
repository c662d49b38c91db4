import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FSWatcher } from 'chokidar';
import { codeOf, messageOf } from '../../lib/errors.ts';
import type { WatchEvents, Watcher, WatchMode, WatchOptions } from './watcher.ts';

export async function openChokidarWatcher(options: WatchOptions, events: WatchEvents): Promise<Watcher> {
  return new ChokidarWatcher(options, events);
}

/**
 * chokidar without its own reading of folders. chokidar would watch every file, and read a folder with a stat
 * of each file at every event: 100,000 files cost 700 MB, and seconds for each arrival. Our scan reads the
 * folders; the folder's events name the file.
 */
class FolderWatch extends FSWatcher {
  override _readdirp(): undefined {
    return undefined;
  }
}

class ChokidarWatcher implements Watcher {
  readonly #options: WatchOptions;
  readonly #events: WatchEvents;
  readonly #watches = new Map<string, FolderWatch>();
  readonly #keptEvents = eventsKept();
  /** Events fetched in this turn of the event loop. */
  #fetchedEvents = 0;

  constructor(options: WatchOptions, events: WatchEvents) {
    this.#options = options;
    this.#events = events;
  }

  async watch(folder: string, mode: WatchMode): Promise<string | undefined> {
    await this.unwatch(folder);
    if (!folder.isWellFormed()) return 'its name is no UTF-8';
    const watch = new FolderWatch({
      ignoreInitial: true,
      followSymlinks: true, // of an inbox that is a link; links inside are never offered
      atomic: false,
      usePolling: mode === 'polling',
      interval: this.#options.pollMs,
    });
    this.#watches.set(folder, watch);
    watch.on('raw', (_, name) => this.#hint(folder, name));
    if (mode === 'events') watch.on('raw', () => this.#count());
    const ready = once(watch, 'ready'); // rejects when an error comes first
    watch.add(folder);
    const refusal = await ready.then(() => undefined, explained);
    watch.on('error', this.#events.onError);
    return refusal;
  }

  async unwatch(folder: string): Promise<void> {
    const watch = this.#watches.get(folder);
    this.#watches.delete(folder);
    await watch?.close();
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#watches.keys(), (folder) => this.unwatch(folder)));
  }

  #count(): void {
    if (this.#fetchedEvents++ === 0) setImmediate(() => this.#suspectLoss());
  }

  /** The system keeps a limited number of events, and libuv does not report lost events. */
  #suspectLoss(): void {
    const [fetched, kept] = [this.#fetchedEvents, this.#keptEvents];
    this.#fetchedEvents = 0;
    if (fetched < kept / 2) return; // half: some kept events may belong to folders without a watch
    this.#events.onError(
      new Error(
        `${fetched} events came at once; the system keeps ${kept}, and "sysctl fs.inotify.max_queued_events=N" more`,
      ),
    );
  }

  /** Polling names only the folder. Names outside UTF-8 arrive damaged, so only the folder counts. */
  #hint(folder: string, name: unknown): void {
    const isUsable = typeof name === 'string' && !name.startsWith('/') && !name.includes('\ufffd');
    this.#events.onHint(isUsable ? join(folder, name) : folder);
  }
}

function eventsKept(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'latin1'));
  } catch {
    return 16_384; // the default of Linux
  }
}

function explained(error: unknown): string {
  const limit = limits[codeOf(error) ?? ''];
  if (limit === undefined) return messageOf(error);
  return `the system gives no more watches; "sysctl ${limit}=N" raises the limit`;
}

/** Errors of the system at the limits of inotify. */
const limits: Readonly<Record<string, string>> = {
  ENOSPC: 'fs.inotify.max_user_watches',
  EMFILE: 'fs.inotify.max_user_instances',
};
