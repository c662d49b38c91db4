import { statSync, truncateSync, utimesSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../src/lib/async/clock.ts';
import { TransientError } from '../../src/lib/errors.ts';
import { type FileSystem, nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import type { PlannedGroupChange, Store } from '../../src/storage/store.ts';
import { Crash, systemError } from '../support/faulty-files.ts';
import type { Scheduler } from './scheduler.ts';

type Verb = keyof FileSystem;

/** A fault of the machine: for one call, or for all calls until healed. */
export interface Fault {
  readonly code: string;
  readonly lasts: boolean;
  /** Calls of its kind that still succeed before. */
  after: number;
}

const writing: readonly Verb[] = [
  'makeFolder',
  'link',
  'symlink',
  'renameOver',
  'reserve',
  'copyOver',
  'write',
  'append',
];
const opening: readonly Verb[] = [
  'readFolder',
  'read',
  'hash',
  'reserve',
  'copyOver',
  'write',
  'append',
  'syncFolder',
];

/** The possible errors of each call on a real system. */
const meets: Record<string, (verb: Verb) => boolean> = {
  ENOSPC: (verb) => writing.includes(verb),
  EROFS: (verb) => writing.includes(verb) || verb === 'unlink',
  EMFILE: (verb) => opening.includes(verb),
  EXDEV: (verb) => verb === 'link' || verb === 'renameOver',
  ENOENT: (verb) => verb !== 'write' && verb !== 'copyOver' && verb !== 'append',
  EACCES: () => true,
  EIO: () => true,
};

/** Errors of the state's disk. */
const ofStore = new Set(['ENOSPC', 'EIO', 'EROFS']);

export interface MachineParts {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly inbox: string;
  readonly library: string;
  /** Inbox and library lie on two file systems. */
  readonly acrossDisks: boolean;
  /** Called for each injected fault. */
  readonly onFault: (code: string) => void;
  /** Called for each planned move, with the old path below the library. */
  readonly onMovePlanned: (path: string) => void;
  /** Called for each renamed folder, with paths below the library. */
  readonly onFolderRenamed: (from: string, to: string) => void;
  /** Called for each call, to study a story. */
  readonly trace: (call: string) => void;
}

/** Real files and a real store, on a machine with injected faults. */
export class Machine {
  readonly #parts: MachineParts;
  readonly faults: Fault[] = [];

  constructor(parts: MachineParts) {
    this.#parts = parts;
  }

  heal(): void {
    this.faults.length = 0;
  }

  /** Starts the view of one process. */
  startLife(): Life {
    return new Life(this, this.#parts);
  }

  /** Returns the error of this call, or undefined. */
  meet(does: (code: string) => boolean): string | undefined {
    for (const [at, fault] of this.faults.entries()) {
      if (!does(fault.code) || fault.after-- > 0) continue;
      if (!fault.lasts) this.faults.splice(at, 1);
      this.#parts.onFault(fault.code);
      return fault.code;
    }
    return undefined;
  }
}

/** One process on the machine, from its start to its end or death. */
export class Life {
  readonly #machine: Machine;
  readonly #parts: MachineParts;
  readonly files: FileSystem;
  readonly clock: Clock;
  isDead = false;
  /** Dies when a step of this name is reached for the `time`-th time. */
  deathAt: { readonly step: string; time: number } | undefined;

  constructor(machine: Machine, parts: MachineParts) {
    this.#machine = machine;
    this.#parts = parts;
    const { clock } = parts;
    this.clock = {
      now: () => clock.now(),
      passed: () => clock.passed(),
      sleep: (ms, signal) => clock.sleep(ms, signal).then(() => this.#alive()),
    };
    const calls = Object.keys(nodeFileSystem).map((verb) => [verb, this.#call(verb as Verb)]);
    this.files = Object.fromEntries(calls) as FileSystem;
  }

  /** Dies as by kill -9: all pending work stops. */
  die(): void {
    this.isDead = true;
    this.#parts.scheduler.drop(this);
  }

  readonly reached = (step: string): void => {
    if (this.isDead) throw new Crash('the dead do not work');
    if (step !== this.deathAt?.step || --this.deathAt.time > 0) return;
    this.die();
    throw new Crash(`at ${step}`);
  };

  /** Never resolves in a dead process. */
  #alive(): Promise<void> {
    return this.isDead ? new Promise(() => {}) : Promise.resolve();
  }

  #call(verb: Verb): (...args: string[]) => Promise<unknown> {
    const act = nodeFileSystem[verb] as (...args: string[]) => Promise<unknown>;
    return (...args) => {
      if (this.isDead) return new Promise(() => {});
      return this.#parts.scheduler.enter(this, async () => {
        this.#parts.trace(`${verb} ${args.slice(0, 2).join(' -> ')}`);
        await this.#refuse(verb, args);
        const result = await act.apply(nodeFileSystem, args);
        if (writing.includes(verb) || verb === 'unlink' || verb === 'removeFolder')
          stampFolders(args, this.#parts.clock.now());
        if (verb === 'renameOver') this.#reportRenamedFolder(args);
        return result;
      });
    };
  }

  /** Folders of groups lie directly in the library. */
  #reportRenamedFolder([from = '', to = '']: readonly string[]): void {
    const { library, onFolderRenamed } = this.#parts;
    if (dirname(from) === library && dirname(to) === library) onFolderRenamed(basename(from), basename(to));
  }

  async #refuse(verb: Verb, args: readonly unknown[]): Promise<void> {
    const { acrossDisks, inbox, library } = this.#parts;
    const [from = '', to = ''] = args.filter((one) => typeof one === 'string');
    const isAcross = from.startsWith(inbox) && to.startsWith(library);
    if (acrossDisks && isAcross && meets.EXDEV?.(verb)) throw systemError('EXDEV');
    const code = this.#machine.meet((fault) => meets[fault]?.(verb) === true);
    if (code === 'ENOSPC' && verb === 'copyOver') await copyHalf(from, to);
    if (code !== undefined) throw systemError(code);
  }

  /** The real store with injected disk faults. */
  readonly guardStore = (store: Store): Store => {
    const guarded = <Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) => {
      return async (...args: Args): Promise<Result> => {
        if (this.isDead) throw new Crash('the dead write nothing');
        const code = this.#machine.meet((fault) => ofStore.has(fault));
        if (code !== undefined) throw new TransientError(`the store's disk: ${code}: made to fail`);
        return act(...args);
      };
    };
    const planChange = async (change: PlannedGroupChange) => {
      const recorded = await store.planChange(change);
      for (const { from } of recorded.frames)
        this.#parts.onMovePlanned(`${await store.groups.folderOf(from.group)}/${from.name}`);
      return recorded;
    };
    const { frames, groups, moves, manifests, requests, settings, segments } = store;
    return proxied(store, {
      commit: guarded(store.commit.bind(store)),
      forget: guarded(store.forget.bind(store)),
      applyUserChanges: guarded(store.applyUserChanges.bind(store)),
      planChange: guarded(planChange),
      finishMoves: guarded(store.finishMoves.bind(store)),
      abandonMove: guarded(store.abandonMove.bind(store)),
      endMove: guarded(store.endMove.bind(store)),
      frames: { ...frames, markPlaced: guarded(frames.markPlaced) },
      groups: { ...groups, markRemoved: guarded(groups.markRemoved) },
      moves: { ...moves, rename: guarded(moves.rename), markLinked: guarded(moves.markLinked) },
      manifests: { ...manifests, markWritten: guarded(manifests.markWritten) },
      requests: {
        ...requests,
        put: guarded(requests.put),
        update: guarded(requests.update),
        delete: guarded(requests.delete),
      },
      settings: { ...settings, put: guarded(settings.put) },
      segments: { ...segments, put: guarded(segments.put), delete: guarded(segments.delete) },
    });
  };
}

/** The same object, except for the properties of `instead`. */
function proxied<T extends object>(target: T, instead: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (key in instead) return instead[key as keyof T];
      const value = target[key as keyof T];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Stamps folders with the simulated time instead of the real one. */
export function stampFolders(paths: readonly unknown[], nowMs: number): void {
  for (const path of paths) {
    if (typeof path !== 'string' || !path.startsWith('/')) continue;
    const folder = dirname(path);
    if (statSync(folder, { throwIfNoEntry: false }) !== undefined)
      utimesSync(folder, nowMs / 1000, nowMs / 1000);
  }
}

/** Leaves a partial copy, like a full disk. */
async function copyHalf(from: string, to: string): Promise<void> {
  await nodeFileSystem.copyOver(from, to, 'copy');
  truncateSync(to, Math.floor(statSync(to).size / 2));
}
