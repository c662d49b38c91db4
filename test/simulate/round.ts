import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/options.ts';
import type { Mode } from '../../src/domain/placement.ts';
import { exitCodes, FatalError } from '../../src/lib/errors.ts';
import { realFiles } from '../../src/lib/files.ts';
import { acquireLock, type Lock } from '../../src/lib/lock.ts';
import { openLog } from '../../src/lib/logger.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import { verify } from '../../src/verify.ts';
import { closeMemory, type Eyes, openMemory } from '../../src/workshop.ts';
import { filesBelow, groupsIn } from '../support/folders.ts';
import { Keeper } from './keeper.ts';
import { Ledger } from './ledger.ts';
import { Machine } from './machine.ts';
import type { Pool } from './pictures.ts';
import { Regrouper } from './regrouper.ts';
import { differencesAfterRestoring } from './restored.ts';
import { Scheduler } from './scheduler.ts';
import { SimClock } from './time.ts';
import { World } from './world.ts';

/** What all rounds share. */
export interface Ground {
  readonly folder: string;
  readonly eyes: Eyes;
  readonly pool: Pool;
  /** Whether groups are changed by commands and by themselves. */
  readonly regroups: boolean;
}

export interface RoundResult {
  readonly seed: number;
  readonly mode: Mode;
  /** What was injected, in its order. */
  readonly story: readonly string[];
  readonly violations: readonly string[];
  /** Kept when something is wrong. */
  readonly folder: string;
}

const second = 1_000;

/** Share of the stories with the real lock, which takes a program and so most of the time. */
const realLocks = 0.05;
const startMs = Date.UTC(2031, 4, 1, 12);

/** What the world does, and how often beside the rest. */
const acts: Readonly<Record<string, number>> = {
  'write in place': 8,
  'rename in': 6,
  'write slowly': 3,
  'send something odd': 3,
  'send again': 3,
  replace: 2,
  'take back': 2,
  drag: 3,
  'rename file': 2,
  'rename folder': 2,
  merge: 1,
  'found group': 2,
  delete: 2,
  'delete folder': 1,
  'put by hand': 2,
  kill: 3,
  'kill at a step': 3,
  restart: 2,
  'start a second': 1,
  'clock forward': 1,
  'clock backward': 1,
  'one failing call': 3,
  'failing until healed': 2,
  heal: 2,
  'unmount library': 1,
  'mount library': 2,
  wait: 6,
};

/** What commands and consolidation do beside it, where groups are changed. */
const regroupingActs: Readonly<Record<string, number>> = {
  'merge by command': 4,
  'move by command': 4,
  'merge by itself': 4,
  'undo by command': 4,
};

const steps = [
  'settled',
  'fingerprinted',
  'decoded',
  'embedded',
  'assigned',
  'committed',
  'before-link',
  'copied',
  'linked',
  'before-unlink',
  'unlinked',
  'marked',
];

const regroupingSteps = ['relocating', 'relocated'];

/** One story: its seed decides everything that happens in it. */
export async function playRound(seed: number, ground: Ground): Promise<RoundResult> {
  const folder = mkdtempSync(join(ground.folder, `round-${seed}-`));
  const round = new Round(seed, folder, ground);
  const chance = Math.random;
  try {
    Math.random = seededRandom(seed + 1).next; // back-off and jitter are chance, too
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
    // Keypoints are found in a thread of real time: a story that waits for it takes whatever that takes.
    const quick = { 'watch.rescanSeconds': 20, 'grouping.keypoints': false };
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
      trace: process.env.SIMULATE_LOG === 'trace' ? console.log : () => {},
    });
    this.#ledger = new Ledger(mode);
    this.#keeper = this.#newKeeper();
    this.#regrouper = new Regrouper({
      library: this.#library,
      random,
      ledger: this.#ledger,
      beside: () => this.#keeper.beside,
      onPlanned: () => void this.story.push('picture to another group'),
      onViolation: (violation) => this.violations.push(violation),
    });
    this.#world = new World({
      inbox: this.#inbox,
      library: this.#library,
      random,
      clock: this.#clock,
      pool: ground.pool,
      ledger: this.#ledger,
      isQuiet: () => this.#keeper.isQuiet,
      hint: (path) => (random.next() < 0.25 ? void this.story.push('event lost') : this.#keeper.hint(path)),
    });
  }

  #newKeeper(): Keeper {
    return new Keeper({
      config: this.#config,
      library: this.#library,
      state: this.#state,
      log: openLog(this.#config.log),
      eyes: this.#ground.eyes,
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
      const all = this.#ground.regroups ? { ...acts, ...regroupingActs } : acts;
      await this.#act(pickWeighted(all, this.#random));
      await this.#scheduler.steps(this.#random.below(this.#random.pick([3, 12, 40])));
      await this.#keeper.tend();
    }
    if (this.violations.length === 0) await this.#end();
  }

  async #act(name: string): Promise<void> {
    const inLibrary = this.#libraryActs()[name];
    if (inLibrary !== undefined) {
      if (!this.#isMounted || !existsSync(this.#library)) return;
      // A link to the inbox tells nothing of who made it: taken away at once after a crash, it is made again.
      if (this.mode === 'symlink' && !this.#keeper.isQuiet) return;
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
      'merge by command': () => this.#isMounted && this.#regrouper.merges('command'),
      'move by command': () => this.#isMounted && this.#regrouper.moves(),
      'merge by itself': () => this.#isMounted && this.#regrouper.merges('consolidation'),
      'undo by command': () => this.#isMounted && this.#regrouper.undoes(),
    } as Readonly<Record<string, () => Promise<void> | void>>;
  }

  #steps(): readonly string[] {
    return this.#ground.regroups ? [...steps, ...regroupingSteps] : steps;
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

  /** The machine is well again, the disk is there, and nobody does anything any more. */
  async #end(): Promise<void> {
    this.#world.finishWriting();
    this.#machine.heal();
    this.#mount();
    await this.#keeper.rest();
    await this.#keeper.stop();
    const leavesDuplicates = this.#config.duplicates !== 'file';
    this.violations.push(...this.#ledger.faults(this.#places(), leavesDuplicates));
    this.violations.push(...this.#leftovers(), ...(await this.#disagreements()));
  }

  #leftovers(): string[] {
    const drafts = filesBelow(this.#library).filter(({ path }) => /draft/.test(path));
    return drafts.map(({ path }) => `${path} was left behind`);
  }

  async #disagreements(): Promise<string[]> {
    const memory = await openMemory(this.#state, this.#ground.eyes.model);
    try {
      const parts = { ...memory, library: this.#library, files: realFiles, deep: true };
      const { disagreements } = await verify(parts);
      const wrong = disagreements.filter(({ what, problem }) => !this.#isForeign(what, problem));
      const restored = await differencesAfterRestoring(
        this.#library,
        memory.store,
        this.#ground.eyes,
        dirname(this.#state),
      );
      return [...wrong.map(({ what, problem }) => `${what} ${problem}`), ...restored];
    } finally {
      await closeMemory(memory);
    }
  }

  /** Nobody promised to know what people put into the library themselves. */
  #isForeign(what: string, problem: string): boolean {
    if (problem !== 'is no group of the store' && problem !== 'is not in the store') return false;
    const there = Array.from(groupsIn(this.#library).values())
      .flat()
      .filter(({ path }) => `${join(this.#library, path)}/`.startsWith(`${what}/`));
    return there.every(({ sha }) => this.#ledger.foreign.has(sha));
  }
}

/** Keeps a second one out as the real one does. */
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
