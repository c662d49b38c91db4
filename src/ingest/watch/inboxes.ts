import { basename, dirname } from 'node:path';
import { Notifier } from '../../lib/async/notifier.ts';
import { Inbox, type InboxParts, type InboxStatus } from './inbox.ts';
import type { ScanDepth } from './scan.ts';

export interface InboxesParts extends Omit<InboxParts, 'offer' | 'onTempFile'> {
  readonly folders: readonly string[];
  /** Takes a path; false when there is no room for it now. */
  readonly offer: (path: string) => boolean;
  /** Resolves when there may be room again, or the signal aborted. */
  readonly whenAccepting: (signal: AbortSignal) => Promise<void>;
  /** How long until the next walk. */
  readonly rescanMs: () => number;
}

/** How often it is looked whether the inboxes are there. */
const tickMs = 1_000;

/** Every so many walks all folders are listed, whatever their times say, and events are tested. */
const fullEvery = 10;

/** Keeps the intake supplied: from the hints soon, from the walks completely. */
export class Inboxes {
  readonly #parts: InboxesParts;
  readonly #inboxes: readonly Inbox[];
  readonly #notifier: Notifier;
  /** Folders in which something may have come that could not be offered. */
  readonly #hinted = new Set<string>();
  /** Files that the placer took aside, as they were met. */
  readonly #tempFiles = new Set<string>();
  #isDue = true;
  #isFullDue = false;

  constructor(parts: InboxesParts) {
    this.#parts = parts;
    this.#notifier = new Notifier(parts.clock);
    const offer = (path: string, signal: AbortSignal) => this.#offerPatiently(path, signal);
    const onTempFile = (path: string) => void this.#tempFiles.add(path);
    this.#inboxes = parts.folders.map((folder) => new Inbox(folder, { ...parts, offer, onTempFile }));
  }

  get status(): readonly InboxStatus[] {
    return this.#inboxes.map(({ status }) => status);
  }

  /** What is left alone in the inboxes, and why. */
  *ignored(): Iterable<readonly [string, string]> {
    for (const { ignored } of this.#inboxes) yield* ignored;
  }

  /** Files that the placer took aside and that were met since the last call; it may have them in work. */
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

  /** What is offered at the path is a folder, or it holds something that found no room. */
  hintFolder(path: string): void {
    this.#hinted.add(path);
    this.#notifier.notify();
  }

  /** Hints may have been lost: everything is looked at with the next tick. */
  requestFullScan(): void {
    this.#isFullDue = true;
  }

  /** Offers everything once. */
  async scanOnce(signal: AbortSignal): Promise<void> {
    for (const inbox of this.#inboxes) {
      await inbox.check();
      await inbox.scan(signal, 'all');
    }
  }

  /** Offers what is there and what comes, until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
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

  /** Not by the time of day, which people set. */
  #setAlarm(signal: AbortSignal): void {
    const ring = () => {
      this.#isDue = true;
      this.#notifier.notify();
    };
    this.#parts.clock.sleep(this.#parts.rescanMs(), signal).then(ring, () => {});
  }

  #rest(signal: AbortSignal): Promise<void> {
    return this.#hinted.size > 0 ? Promise.resolve() : this.#notifier.wait(signal, tickMs);
  }

  async #visit(inbox: Inbox, depth: ScanDepth | undefined, signal: AbortSignal): Promise<void> {
    const isNew = await inbox.check();
    const needed = isNew ? 'all' : depth;
    if (needed === 'all') await inbox.test(signal);
    if (needed !== undefined) await inbox.scan(signal, needed);
  }

  async #scanHinted(signal: AbortSignal): Promise<void> {
    const folders = Array.from(this.#hinted);
    this.#hinted.clear();
    for (const folder of folders)
      await this.#inboxes.find((one) => one.contains(folder))?.scan(signal, 'first', folder);
  }

  async #offerPatiently(path: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#parts.offer(path)) await this.#parts.whenAccepting(signal);
  }
}
