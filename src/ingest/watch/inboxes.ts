import { basename, dirname } from 'node:path';
import { FolderHints } from './folder-hints.ts';
import { Inbox, type InboxParts, type InboxStatus } from './inbox.ts';
import type { ScanDepth } from './scan.ts';
import type { WatchEvents, Watcher } from './watcher.ts';

export interface InboxesParts extends Omit<InboxParts, 'offer' | 'onTempFile' | 'watcher'> {
  readonly folders: readonly string[];
  /** Takes a path. Returns false without room. */
  readonly offer: (path: string) => boolean;
  /** Resolves when there may be room again, or the signal aborted. */
  readonly whenAccepting: (signal: AbortSignal) => Promise<void>;
  /** How long until the next walk. */
  readonly rescanMs: () => number;
  readonly openWatcher: (events: WatchEvents) => Promise<Watcher>;
  /** Told when hints may have been lost; a full scan follows. */
  readonly onWatchError?: (error: unknown) => void;
  /** Shared with the intake. The intake adds offered paths of folders. */
  readonly folderHints?: FolderHints;
}

/** Period of the check of the inboxes' presence. */
const tickMs = 1_000;

/** After this many scans, a scan lists all folders whatever their mtimes, and tests the events. */
const fullEvery = 10;

/** Keeps the intake supplied: from the hints soon, from the walks completely. */
export class Inboxes {
  readonly #parts: InboxesParts;
  readonly #folderHints: FolderHints;
  /** Empty before the first scan. */
  #inboxes: readonly Inbox[] = [];
  #watcher: Watcher | undefined;
  /** Hidden names of the placer met by the scans. */
  readonly #tempFiles = new Set<string>();
  #isDue = true;
  #isFullDue = false;

  constructor(parts: InboxesParts) {
    this.#parts = parts;
    this.#folderHints = parts.folderHints ?? new FolderHints(parts.clock);
  }

  /** Without a watcher the inboxes are scanned only. */
  #open(watcher: Watcher | undefined): void {
    const offer = (path: string, signal: AbortSignal) => this.#offerPatiently(path, signal);
    const onTempFile = (path: string) => void this.#tempFiles.add(path);
    const parts = { ...this.#parts, watcher, offer, onTempFile };
    this.#inboxes = parts.folders.map((folder) => new Inbox(folder, parts));
  }

  get status(): readonly InboxStatus[] {
    return this.#inboxes.map(({ status }) => status);
  }

  /** Yields the ignored entries of the inboxes, with reasons. */
  *ignored(): Iterable<readonly [string, string]> {
    for (const { ignored } of this.#inboxes) yield* ignored;
  }

  /** Returns the placer's hidden names met since the last call. Some may be in use. */
  takeTempFiles(): string[] {
    const aside = Array.from(this.#tempFiles);
    this.#tempFiles.clear();
    return aside;
  }

  /** Something may have changed at the path. */
  hint(path: string): void {
    const inbox = this.#inboxes.find((one) => one.contains(path));
    const meaning = inbox?.meaningOf(path) ?? 'nothing';
    if (meaning === 'folder') this.hintFolder(path);
    else if (
      meaning === 'perhaps a picture' &&
      this.#parts.isAccepted(basename(path)) &&
      !this.#parts.offer(path)
    )
      this.hintFolder(dirname(path));
  }

  /** The offered path is a folder, or a folder with a file without room. */
  hintFolder(path: string): void {
    this.#folderHints.add(path);
  }

  /** Hints may have been lost: everything is looked at with the next tick. */
  requestFullScan(): void {
    this.#isFullDue = true;
  }

  /** Offers everything once. */
  async scanOnce(signal: AbortSignal): Promise<void> {
    this.#open(undefined);
    for (const inbox of this.#inboxes) {
      await inbox.check();
      await inbox.scan(signal, 'all');
    }
  }

  /** Offers present and coming files until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    this.#watcher = await this.#openWatcher();
    this.#open(this.#watcher);
    for (let walks = 0; !signal.aborted; await this.#rest(signal)) {
      const isDue = this.#isDue || this.#isFullDue;
      const depth = this.#isFullDue || walks % fullEvery === 0 ? 'all' : 'changed';
      if (isDue) {
        walks++;
        [this.#isDue, this.#isFullDue] = [false, false];
      }
      for (const inbox of this.#inboxes) await this.#visit(inbox, isDue ? depth : undefined, signal);
      await this.#scanHinted(signal);
      if (isDue) this.#setAlarm(signal);
    }
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
  }

  #openWatcher(): Promise<Watcher> {
    const { openWatcher, onWatchError = () => {} } = this.#parts;
    const onError = (error: unknown) => {
      onWatchError(error);
      this.requestFullScan();
    };
    return openWatcher({ onHint: (path) => this.hint(path), onError });
  }

  /** By the monotonic clock, because people set the wall clock. */
  #setAlarm(signal: AbortSignal): void {
    const ring = () => {
      this.#isDue = true;
      this.#folderHints.wake();
    };
    this.#parts.clock.sleep(this.#parts.rescanMs(), signal).then(ring, () => {});
  }

  #rest(signal: AbortSignal): Promise<void> {
    return this.#folderHints.wait(signal, tickMs);
  }

  async #visit(inbox: Inbox, depth: ScanDepth | undefined, signal: AbortSignal): Promise<void> {
    const isNew = await inbox.check();
    const needed = isNew ? 'all' : depth;
    if (needed === 'all') await inbox.test(signal);
    if (needed !== undefined) await inbox.scan(signal, needed);
  }

  async #scanHinted(signal: AbortSignal): Promise<void> {
    for (const folder of this.#folderHints.take())
      await this.#inboxes.find((one) => one.contains(folder))?.scan(signal, 'first', folder);
  }

  async #offerPatiently(path: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#parts.offer(path)) await this.#parts.whenAccepting(signal);
  }
}
