import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/options.ts';
import type { Mode } from '../../src/domain/placement.ts';
import { exitCodes, FatalError } from '../../src/lib/errors.ts';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { acquireLock, type Lock } from '../../src/lib/fs/flock.ts';
import { openLog } from '../../src/lib/logger.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import { type Disagreement, verify } from '../../src/library/verify.ts';
import { isOpen, readNotes } from '../../src/operations/requests.ts';
import { closeState, openState } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import type { FeatureExtractor } from '../../src/vision/extractor.ts';
import { filesBelow, groupsIn } from '../support/folders.ts';
import { actsOf, stepsOf, type Who } from './acts.ts';
import { differencesFromCalm } from './calm.ts';
import { Keeper } from './keeper.ts';
import { Ledger } from './ledger.ts';
import { Machine } from './machine.ts';
import type { Pool } from './pictures.ts';
import { Regrouper } from './regrouper.ts';
import { differencesAfterRestoring } from './restored.ts';
import { Scheduler } from './scheduler.ts';
import { SimClock } from './time.ts';
import { World } from './world.ts';

/** Common to all rounds. */
export interface Ground {
  readonly folder: string;
  readonly extractor: FeatureExtractor;
  readonly pool: Pool;
  readonly who: Who;
}

export interface RoundResult {
  readonly seed: number;
  readonly mode: Mode;
  /** Injected events, in order. */
  readonly story: readonly string[];
  readonly violations: readonly string[];
  /** Kept if a promise was broken. */
  readonly folder: string;
}

const second = 1_000;

/** Share of stories with the real lock. The real lock starts a program and takes most of the time. */
const realLocks = 0.05;
const startMs = Date.UTC(2031, 4, 1, 12);

/** Plays a story. The seed decides everything. */
export async function playRound(seed: number, ground: Ground): Promise<RoundResult> {
  const folder = mkdtempSync(join(ground.folder, `round-${seed}-`));
  const round = new Round(seed, folder, ground);
  const chance = Math.random;
  try {
    Math.random = seededRandom(seed + 1).next; // back-off and jitter are random, too
    await round.play();
  } catch (error) {
    round.violations.push(String(error instanceof Error ? error.stack : error));
  } finally {
    Math.random = chance;
  }
  const { mode, story, violations } = round;
  if (violations.length === 0) rmSync(folder, { recursive: true, force: true });
  return { seed, mode, story, violations, folder };
}

class Round {
  readonly mode: Mode;
  readonly story: string[] = [];
  readonly violations: string[] = [];
  readonly #random: Random;
  readonly #clock = new SimClock(startMs);
  readonly #scheduler: Scheduler;
  readonly #machine: Machine;
  readonly #ledger: Ledger;
  readonly #world: World;
  readonly #keeper: Keeper;
  readonly #regrouper: Regrouper;
  readonly #config: Config;
  readonly #ground: Ground;
  readonly #inbox: string;
  readonly #library: string;
  readonly #state: string;
  #isMounted = true;
  /** Whether nothing was in transit before the current act in the library. */
  #isQuiet = false;

  constructor(seed: number, folder: string, ground: Ground) {
    const random = seededRandom(seed);
    this.#random = random;
    this.#ground = ground;
    this.mode = random.pick(['move', 'move', 'move', 'move', 'copy', 'hardlink', 'symlink'] as const);
    const duplicates = this.mode === 'move' ? random.pick(['file', 'file', 'skip', 'quarantine']) : 'file';
    [this.#inbox, this.#library, this.#state] = ['inbox', 'library', 'state'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    mkdirSync(this.#inbox);
    const { mode } = this;
    const flags = { inbox: [this.#inbox], library: this.#library, mode, duplicates };
    // Keypoints need a thread in real time: a story with keypoints takes as long as the thread.
    const consolidation = ground.who === 'everybody';
    const quick = {
      'watch.rescanSeconds': 20,
      'grouping.keypoints': false,
      'grouping.consolidation': consolidation,
    };
    const log = { 'log.level': process.env.SIMULATE_LOG ?? 'silent' };
    this.#config = loadConfig({ flags: { ...flags, ...quick, ...log }, environment: {} }).config;
    this.#scheduler = new Scheduler(random, this.#clock);
    this.#machine = new Machine({
      scheduler: this.#scheduler,
      clock: this.#clock,
      inbox: this.#inbox,
      library: this.#library,
      acrossDisks: mode !== 'symlink' && random.next() < 0.3,
      onFault: (code) => this.story.push(`failed: ${code}`),
      onMovePlanned: (path) => {
        this.#ledger.unpin(path);
        this.story.push('picture to another group');
      },
      onFolderRenamed: (from, to) => {
        this.#ledger.renamedFolder(from, to);
        this.story.push('folder renamed by command');
      },
      trace: process.env.SIMULATE_LOG === 'trace' ? console.log : () => {},
    });
    this.#ledger = new Ledger(mode);
    this.#keeper = this.#newKeeper();
    this.#regrouper = new Regrouper({
      library: this.#library,
      random,
      beside: () => this.#keeper.beside,
      onViolation: (violation) => this.violations.push(violation),
    });
    this.#world = new World({
      inbox: this.#inbox,
      library: this.#library,
      random,
      clock: this.#clock,
      pool: ground.pool,
      ledger: this.#ledger,
      isQuiet: () => this.#isQuiet,
      hint: (path) => (random.next() < 0.25 ? void this.story.push('event lost') : this.#keeper.hint(path)),
    });
  }

  #newKeeper(): Keeper {
    return new Keeper({
      config: this.#config,
      library: this.#library,
      state: this.#state,
      log: openLog(this.#config.log),
      extractor: this.#ground.extractor,
      lock: this.#random.next() < realLocks ? acquireLock : pretendedLock(),
      machine: this.#machine,
      scheduler: this.#scheduler,
      onViolation: (violation) => this.violations.push(violation),
    });
  }

  async play(): Promise<void> {
    await this.#keeper.start();
    const count = 12 + this.#random.below(28);
    for (let act = 0; act < count && this.violations.length === 0; act++) {
      await this.#act(pickWeighted(actsOf[this.#ground.who], this.#random));
      await this.#scheduler.steps(this.#random.below(this.#random.pick([3, 12, 40])));
      await this.#keeper.tend();
    }
    if (this.violations.length === 0) await this.#end();
  }

  async #act(name: string): Promise<void> {
    const inLibrary = this.#libraryActs()[name];
    if (inLibrary !== undefined) {
      if (!this.#isMounted || !existsSync(this.#library)) return;
      this.#isQuiet = await this.#keeper.isQuiet();
      // A link to the inbox does not tell its maker. After a crash, a link removed at once is made again.
      if (this.mode === 'symlink' && !this.#isQuiet) return;
      inLibrary();
    } else await this.#otherActs()[name]?.();
    this.story.push(name);
    if (process.env.SIMULATE_LOG) console.log(`--- ${name}`);
    this.violations.push(...this.#ledger.losses(this.#places()));
  }

  #libraryActs(): Readonly<Record<string, () => void>> {
    const world = this.#world;
    return {
      drag: () => world.drags(),
      'rename file': () => world.renamesFile(),
      'rename folder': () => world.renamesFolder(),
      merge: () => world.merges(),
      'found group': () => world.foundsGroup(),
      delete: () => world.deletes(),
      'delete folder': () => world.deletesFolder(),
      'put by hand': () => world.putsByHand(),
    };
  }

  #otherActs(): Readonly<Record<string, () => Promise<void> | void>> {
    const [world, keeper, random] = [this.#world, this.#keeper, this.#random];
    return {
      'write in place': () => world.writesInPlace(),
      'rename in': () => world.renamesIn(),
      'write slowly': () => world.writesSlowly(),
      'send something odd': () => world.sendsSomethingOdd(),
      'send again': () => this.#isMounted && world.sendsAgain(),
      replace: () => this.mode !== 'symlink' && this.#isMounted && world.replaces(),
      'take back': () => this.mode !== 'symlink' && this.#isMounted && world.takesBack(),
      kill: () => keeper.kill(),
      'kill at a step': () => keeper.killAt(random.pick(this.#steps()), 1 + random.below(3)),
      restart: () => keeper.restart(),
      'start a second': () => keeper.startSecond(),
      'clock forward': () => this.#jump(random.between(60, 7_200) * second),
      'clock backward': () => this.#jump(-random.between(60, 7_200) * second),
      'one failing call': () => this.#fail(false),
      'failing until healed': () => this.#fail(true),
      heal: () => this.#machine.heal(),
      'unmount library': () => this.#unmount(),
      'mount library': () => this.#mount(),
      wait: () => this.#scheduler.advance(random.between(1, 90) * second),
      'merge by itself': () => this.#isMounted && this.#regrouper.mergesByItself(),
      'merge by command': () => this.#isMounted && this.#regrouper.merges(),
      'move by command': () => this.#isMounted && this.#regrouper.moves(),
      'split by command': () => this.#isMounted && this.#regrouper.splits(),
      'rename by command': () => this.#isMounted && this.#regrouper.renames(),
      'undo by command': () => this.#isMounted && this.#regrouper.undoes(),
    } as Readonly<Record<string, () => Promise<void> | void>>;
  }

  #steps(): readonly string[] {
    return stepsOf(this.#ground.who);
  }

  #jump(ms: number): void {
    this.#world.finishWriting();
    this.#clock.jump(ms);
  }

  #fail(lasts: boolean): void {
    const passing = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'EXDEV', 'ENOENT'];
    const lasting = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'];
    const code = this.#random.pick(lasts ? lasting : passing);
    this.#machine.faults.push({ code, lasts, after: this.#random.below(12) });
  }

  #unmount(): void {
    if (!this.#isMounted || !existsSync(this.#library)) return;
    renameSync(this.#library, `${this.#library}.away`);
    mkdirSync(this.#library);
    this.#isMounted = false;
  }

  #mount(): void {
    if (this.#isMounted) return;
    const filled = readdirSync(this.#library);
    if (filled.length > 0) this.violations.push(`the empty mount point was filled: ${filled.join(', ')}`);
    else {
      rmdirSync(this.#library);
      renameSync(`${this.#library}.away`, this.#library);
    }
    this.#isMounted = true;
  }

  #places() {
    return { inbox: this.#inbox, library: this.#isMounted ? this.#library : `${this.#library}.away` };
  }

  /** The machine is healthy, the disk is mounted, and nobody changes anything any more. */
  async #end(): Promise<void> {
    this.#world.finishWriting();
    this.#machine.heal();
    this.#mount();
    await this.#keeper.rest();
    await this.#keeper.stop();
    const leavesDuplicates = this.#config.duplicates !== 'file';
    this.violations.push(...this.#ledger.faults(this.#places(), leavesDuplicates));
    this.violations.push(...this.#tempNameCleanup(), ...(await this.#disagreements()));
  }

  #tempNameCleanup(): string[] {
    const drafts = filesBelow(this.#library).filter(({ path }) => /draft/.test(path));
    return drafts.map(({ path }) => `${path} was left behind`);
  }

  async #disagreements(): Promise<string[]> {
    const memory = await openState(this.#state, this.#ground.extractor.model);
    try {
      const parts = {
        store: memory.store,
        index: memory.index,
        library: this.#library,
        files: nodeFileSystem,
        deep: true,
      };
      const { disagreements } = await verify(parts);
      const wrong = disagreements.filter((one) => !this.#isForeign(one));
      const restored = await differencesAfterRestoring(
        this.#library,
        memory.store,
        this.#ground.extractor,
        dirname(this.#state),
      );
      const calm = this.#ground.who === 'nobody' ? await this.#differencesFromCalm(memory.store) : [];
      const open = (await readNotes(memory.store)).filter(isOpen);
      return [
        ...wrong.map(({ what, problem }) => `${what} ${problem}`),
        ...open.map(({ key, request }) => `${key} (${request.kind}) was not executed`),
        ...restored,
        ...calm,
      ];
    } finally {
      await closeState(memory);
    }
  }

  #differencesFromCalm(kept: Store): Promise<string[]> {
    const parts = { extractor: this.#ground.extractor, config: this.#config };
    return differencesFromCalm(this.#library, kept, parts, dirname(this.#state));
  }

  /** A file that people put into the library must be known if it is a picture in a group's folder. */
  #isForeign({ what, problem }: Disagreement): boolean {
    if (problem !== 'is no group of the store') return false;
    const there = Array.from(groupsIn(this.#library).values())
      .flat()
      .filter(({ path }) => `${join(this.#library, path)}/`.startsWith(`${what}/`));
    return there.every(({ sha }) => this.#ledger.foreign.has(sha));
  }
}

/** Excludes a second process, like the real lock. */
function pretendedLock(): (folder: string) => Lock {
  let isHeld = false;
  return () => {
    if (isHeld) throw new FatalError(`locked by pid ${process.pid}`, { exitCode: exitCodes.tryAgain });
    isHeld = true;
    return {
      release: () => {
        isHeld = false;
      },
    };
  };
}

function pickWeighted(weights: Readonly<Record<string, number>>, random: Random): string {
  const entries = Object.entries(weights);
  let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return 'wait';
}
