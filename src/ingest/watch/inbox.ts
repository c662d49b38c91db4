import { codeOf, isTransient, messageOf } from '../../lib/errors.ts';
import type { FileFacts } from '../../lib/fs/file-system.ts';
import type { Logger } from '../../lib/logger.ts';
import { Probe } from './event-probe.ts';
import { Walk, type WalkDepth, type WalkParts } from './scan.ts';
import type { Watcher, WatchMode } from './watcher.ts';

export interface InboxParts extends Omit<WalkParts, 'watch' | 'unwatch'> {
  readonly log: Logger;
  /** Without one the inbox is walked only. */
  readonly watcher: Watcher | undefined;
  readonly usePolling: boolean;
}

export interface InboxStatus {
  readonly folder: string;
  readonly watching: WatchMode | 'missing';
  /** Why it is missing or polled. */
  readonly why?: string;
}

/** One inbox: whether it is there, and how it is watched. */
export class Inbox {
  readonly folder: string;
  readonly #parts: InboxParts;
  readonly #probe: Probe;
  readonly #walk: Walk;
  #mode: WatchMode;
  #why: string | undefined;
  #missing: string | undefined;

  constructor(folder: string, parts: InboxParts) {
    this.folder = folder;
    this.#parts = parts;
    this.#mode = parts.usePolling ? 'polling' : 'events';
    this.#probe = new Probe(folder, parts.files, parts.clock);
    const watch = (one: string) => this.#watch(one);
    const unwatch = async (one: string) => parts.watcher?.unwatch(one);
    this.#walk = new Walk(folder, { ...parts, watch, unwatch });
  }

  get status(): InboxStatus {
    const why = this.#missing ?? this.#why;
    const watching = this.#missing === undefined ? this.#mode : 'missing';
    return { folder: this.folder, watching, ...(why !== undefined && { why }) };
  }

  get odd(): Iterable<readonly [string, string]> {
    return this.#walk.odd();
  }

  contains(path: string): boolean {
    return path === this.folder || path.startsWith(`${this.folder}/`);
  }

  /** Whether the hint is about a folder that is walked, or about no picture at all. */
  meaningOf(path: string): 'folder' | 'nothing' | 'perhaps a picture' {
    if (this.#probe.hears(path)) return 'nothing';
    return this.#walk.knows(path) ? 'folder' : 'perhaps a picture';
  }

  /** Looks whether the inbox is there. True when it came, came back, or is another folder now: walk it. */
  async check(): Promise<boolean> {
    const found = await this.#lookAtRoot();
    if (typeof found === 'string') await this.#lose(found);
    else if (!this.#walk.isSame(this.folder, found)) return await this.#find();
    return false;
  }

  /** Finds out whether events arrive, and polls where they don't. */
  async test(signal: AbortSignal): Promise<void> {
    if (this.#missing !== undefined || this.#parts.watcher === undefined) return;
    const [mode, why] = await this.#bestMode(this.#parts.watcher, signal);
    if (signal.aborted || (mode === this.#mode && why === this.#why)) return;
    this.#use(mode, why);
    for (const folder of this.#walk.folders) await this.#watch(folder);
  }

  /** Offers what is in the inbox, or below one of its folders. Times of polled folders are not relied upon. */
  async walk(signal: AbortSignal, depth: WalkDepth, folder = this.folder): Promise<void> {
    if (this.#missing !== undefined) return;
    await this.#walk.walk(folder, this.#mode === 'events' || depth === 'first' ? depth : 'all', signal);
  }

  async #lookAtRoot(): Promise<FileFacts | string> {
    try {
      const facts = await this.#walk.look(this.folder);
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
    await this.#walk.forget(this.folder);
  }

  async #find(): Promise<true> {
    if (this.#missing !== undefined || this.#walk.knows(this.folder))
      this.#parts.log.info({ inbox: this.folder }, 'the inbox is there again');
    this.#missing = undefined;
    await this.#walk.forget(this.folder);
    return true;
  }

  async #bestMode(watcher: Watcher, signal: AbortSignal): Promise<readonly [WatchMode, string | undefined]> {
    const refusal = await this.#refusal(watcher);
    if (refusal !== undefined) {
      await this.#probe.clear(); // no other one comes, which would find what a kill left of the last
      return ['polling', refusal.why];
    }
    const isHeard = await this.#probe.run(signal);
    if (isHeard === undefined) return [this.#mode, this.#why];
    return isHeard ? ['events', undefined] : ['polling', 'no events arrive'];
  }

  /** Why no events are asked for, where that is so. */
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

  /** A folder that can't be watched is polled, and those that come after it. */
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
