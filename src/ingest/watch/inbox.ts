import { codeOf, isTransient, messageOf } from '../../lib/errors.ts';
import type { FileStats } from '../../lib/fs/file-system.ts';
import type { Logger } from '../../lib/logger.ts';
import { EventProbe } from './event-probe.ts';
import { FolderScan, type FolderScanParts, type ScanDepth } from './scan.ts';
import type { Watcher, WatchMode } from './watcher.ts';

export interface InboxParts extends Omit<FolderScanParts, 'watch' | 'unwatch'> {
  readonly log: Logger;
  /** Without a watcher the inbox is only scanned. */
  readonly watcher: Watcher | undefined;
  readonly usePolling: boolean;
}

export interface InboxStatus {
  readonly folder: string;
  readonly watching: WatchMode | 'missing';
  /** Reason for a missing or polled inbox. */
  readonly why?: string;
}

/** An inbox: its presence, and the mode of watching. */
export class Inbox {
  readonly folder: string;
  readonly #parts: InboxParts;
  readonly #eventProbe: EventProbe;
  readonly #scan: FolderScan;
  #mode: WatchMode;
  #why: string | undefined;
  #missing: string | undefined;

  constructor(folder: string, parts: InboxParts) {
    this.folder = folder;
    this.#parts = parts;
    this.#mode = parts.usePolling ? 'polling' : 'events';
    this.#eventProbe = new EventProbe(folder, parts.files, parts.clock);
    const watch = (one: string) => this.#watch(one);
    const unwatch = async (one: string) => parts.watcher?.unwatch(one);
    this.#scan = new FolderScan(folder, { ...parts, watch, unwatch });
  }

  get status(): InboxStatus {
    const why = this.#missing ?? this.#why;
    const watching = this.#missing === undefined ? this.#mode : 'missing';
    return { folder: this.folder, watching, ...(why !== undefined && { why }) };
  }

  get ignored(): Iterable<readonly [string, string]> {
    return this.#scan.ignored();
  }

  contains(path: string): boolean {
    return path === this.folder || path.startsWith(`${this.folder}/`);
  }

  /** Returns whether the hint concerns a folder to scan, or no picture at all. */
  meaningOf(path: string): 'folder' | 'nothing' | 'perhaps a picture' {
    if (this.#eventProbe.handles(path)) return 'nothing';
    return this.#scan.knows(path) ? 'folder' : 'perhaps a picture';
  }

  /**
   * Checks the presence of the inbox. Returns true if the inbox appeared or was replaced: then scan the
   * inbox.
   */
  async check(): Promise<boolean> {
    const found = await this.#statRoot();
    if (typeof found === 'string') await this.#lose(found);
    else if (!this.#scan.isSame(this.folder, found)) return await this.#find();
    return false;
  }

  /** Tests whether events arrive. Otherwise polls the folders. */
  async test(signal: AbortSignal): Promise<void> {
    if (this.#missing !== undefined || this.#parts.watcher === undefined) return;
    const [mode, why] = await this.#bestMode(this.#parts.watcher, signal);
    if (signal.aborted || (mode === this.#mode && why === this.#why)) return;
    this.#use(mode, why);
    for (const folder of this.#scan.folders) await this.#watch(folder);
  }

  /** Offers the files in the inbox, or below one of its folders. Ignores the mtimes of polled folders. */
  async scan(signal: AbortSignal, depth: ScanDepth, folder = this.folder): Promise<void> {
    if (this.#missing !== undefined) return;
    await this.#scan.scan(folder, this.#mode === 'events' || depth === 'first' ? depth : 'all', signal);
  }

  async #statRoot(): Promise<FileStats | string> {
    try {
      const facts = await this.#scan.readRoot(this.folder);
      return facts.kind === 'folder' ? facts : 'it is no folder';
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 'there is no such folder';
      if (codeOf(error) === 'ENOTDIR') return 'it is no folder';
      if (isTransient(error)) return messageOf(error);
      throw error;
    }
  }

  async #lose(why: string): Promise<void> {
    if (this.#missing === why) return;
    this.#missing = why;
    this.#parts.log.warn({ inbox: this.folder, why }, 'the inbox is missing; waiting for it');
    await this.#scan.forget(this.folder);
  }

  async #find(): Promise<true> {
    if (this.#missing !== undefined || this.#scan.knows(this.folder))
      this.#parts.log.info({ inbox: this.folder }, 'the inbox is there again');
    this.#missing = undefined;
    await this.#scan.forget(this.folder);
    return true;
  }

  async #bestMode(watcher: Watcher, signal: AbortSignal): Promise<readonly [WatchMode, string | undefined]> {
    const refusal = await this.#refusal(watcher);
    if (refusal !== undefined) {
      await this.#eventProbe.clear(); // no later probe would remove the rest of a killed probe
      return ['polling', refusal.why];
    }
    const isHeard = await this.#eventProbe.run(signal);
    if (isHeard === undefined) return [this.#mode, this.#why];
    return isHeard ? ['events', undefined] : ['polling', 'no events arrive'];
  }

  /** Returns the reason against events, if there is a reason. */
  async #refusal(watcher: Watcher): Promise<{ readonly why: string | undefined } | undefined> {
    if (this.#parts.usePolling) return { why: undefined };
    if (await this.#isRemote()) return { why: 'its file system is a network or user-space one' };
    const why = await watcher.watch(this.folder, 'events');
    return why === undefined ? undefined : { why };
  }

  async #isRemote(): Promise<boolean> {
    return this.#parts.files.volume(this.folder).then(
      ({ isRemote }) => isRemote,
      () => false, // gone meanwhile
    );
  }

  /** Polls a folder that cannot be watched, and all later folders. */
  async #watch(folder: string): Promise<void> {
    const { watcher } = this.#parts;
    const refusal = await watcher?.watch(folder, this.#mode);
    if (refusal === undefined || this.#mode === 'polling') return;
    this.#use('polling', refusal);
    await watcher?.watch(folder, 'polling');
  }

  #use(mode: WatchMode, why: string | undefined): void {
    [this.#mode, this.#why] = [mode, why];
    this.#parts.log.warn({ inbox: this.folder, mode, why }, 'the inbox is watched in another way');
  }
}
