import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { seededRandom } from '../../src/lib/random.ts';
import { filesBelow, groupsIn, quarantineIn } from '../support/folders.ts';
import type { Picture } from '../support/pictures.ts';
import { endViolations, lostPictures, partitionOf, type Scene, type Violations } from './check.ts';
import type { Order, Report } from './order.ts';
import type { Arrival, Plan } from './plan.ts';

/** Common to the rounds of a run. */
export interface Ground {
  /** The compiled child. */
  readonly child: string;
  readonly disk: string;
  /** Another file system, if available. */
  readonly otherDisk: string | undefined;
  readonly pool: readonly Picture[];
  /** Groupings of undisturbed runs, by arrivals. */
  readonly calm: Map<string, Promise<string>>;
}

export interface RoundResult {
  readonly plan: Plan;
  /** Number of kills so far. */
  readonly killed: number;
  readonly violations: Violations;
  /** Kept if a promise was broken. */
  readonly folders: readonly string[];
}

/** Range of kill times, ms after the child's start. */
const momentsMs = 500;

export async function playRound(plan: Plan, ground: Ground): Promise<RoundResult> {
  const folders = makeFolders(plan, ground);
  const scene = { ...folders.scene, arrived: [], foreign: new Map() };
  const { killed, violations } = await act(scene, plan, ground).catch((error) => ({
    killed: 0,
    violations: [String(error?.stack ?? error)],
  }));
  if (violations.length === 0) for (const folder of folders.all) rmSync(folder, { recursive: true });
  return { plan, killed, violations, folders: folders.all };
}

async function act(scene: Scene, plan: Plan, ground: Ground) {
  if (plan.kind === 'regrouped') return regroupAndBack(scene, plan, ground);
  const violations: Violations = [];
  let killed = 0;
  if (plan.before > 0) {
    arrive(scene, plan.arrivals.slice(0, plan.before));
    await runChild(orderOf(scene, plan), ground);
    if (plan.meddling === 'names taken') takeNames(scene, plan.arrivals.slice(plan.before));
  }
  arrive(scene, plan.arrivals.slice(plan.before));
  for (const kill of plan.kills) {
    if ((await runChild({ ...orderOf(scene, plan), kill }, ground, plan.seed)) === 'killed') killed++;
    violations.push(...lostPictures(scene));
  }
  meddle(scene, plan, ground.pool);
  const report = await runChild({ ...orderOf(scene, plan), verify: true }, ground);
  if (report === 'killed') throw new Error('the child was killed by somebody else');
  violations.push(...report.problems, ...disagreements(report, scene), ...endViolations(scene, plan));
  if (keepsOrder(plan) && partitionOf(scene) !== (await calmPartition(plan, ground)))
    violations.push('the groups differ from those of a run in peace');
  return { killed, violations };
}

/** Files without a kill. Then changes groups and undoes the changes, with one kill each. */
async function regroupAndBack(scene: Scene, plan: Plan, ground: Ground) {
  const violations: Violations = [];
  let killed = 0;
  arrive(scene, plan.arrivals);
  await runChild({ ...orderOf(scene, plan), isHasty: plan.consolidates }, ground);
  const before = partitionOf(scene);
  const [merging, undoing] = plan.kills;
  const acts = [
    {
      planMoves: plan.consolidates ? 'consolidation' : plan.roll % 2 === 0 ? 'split' : 'merge',
      kill: merging,
    },
    { planMoves: 'undo', kill: undoing },
  ] as const;
  for (const { planMoves, kill } of acts) {
    const cut = await runChild({ ...orderOf(scene, plan), planMoves, kill }, ground, plan.seed);
    if (cut === 'killed') killed++;
    violations.push(...lostPictures(scene));
    // The next start carries out the recorded moves.
    const report = await runChild({ ...orderOf(scene, plan), verify: true }, ground);
    if (report === 'killed') throw new Error('the child was killed by somebody else');
    violations.push(...report.problems, ...disagreements(report, scene), ...endViolations(scene, plan));
  }
  await runChild({ ...orderOf(scene, plan), planMoves: 'undo' }, ground);
  if (partitionOf(scene) !== before) violations.push('undoing did not bring the groups back');
  return { killed, violations };
}

function makeFolders({ seed, acrossDisks }: Plan, { disk, otherDisk }: Ground) {
  const make = (parent: string) => mkdtempSync(join(parent, `framesort-crash-${seed}-`));
  const home = make(disk);
  const away = acrossDisks && otherDisk !== undefined ? make(otherDisk) : home;
  const scene = { inbox: join(away, 'inbox'), library: join(home, 'library'), state: join(home, 'state') };
  return { scene, all: [...new Set([home, away])] };
}

function orderOf({ inbox, library, state }: Scene, { mode, duplicates }: Plan): Order {
  return { inbox, library, state, mode, duplicates };
}

function arrive(scene: Scene, arrivals: readonly Arrival[]): void {
  for (const arrival of arrivals) {
    const path = join(scene.inbox, arrival.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, arrival.bytes);
    chmodSync(path, arrival.fileMode);
    utimesSync(path, arrival.mtimeMs / 1000, arrival.mtimeMs / 1000);
    scene.arrived.push(arrival);
  }
}

/** Runs a child. Returns its report, or 'killed'. Throws if it ends in any other way. */
async function runChild(order: Order, { child }: Ground, seed = 0): Promise<Report | 'killed'> {
  const process_ = spawn(process.execPath, [child, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = process_;
  if (order.kill?.step === 'any moment') {
    const afterMs = seededRandom(seed).between(0, momentsMs);
    stdout.once('data', () => setTimeout(() => process_.kill('SIGKILL'), afterMs));
  }
  const [said, complaints, [code, signal]] = await Promise.all([
    text(stdout),
    text(stderr),
    once(process_, 'exit'),
  ]);
  if (signal === 'SIGKILL') return 'killed';
  if (code !== 0) throw new Error(`the child ended with ${code ?? signal}: ${complaints}`);
  return JSON.parse(said.trim().split('\n').at(-1) as string);
}

function meddle(scene: Scene, { meddling }: Plan, pool: readonly Picture[]): void {
  const there = new Set(filesBelow(scene.inbox).map(({ path }) => path));
  if (meddling === 'names used again') {
    const gone = scene.arrived.filter(({ path }) => !there.has(path));
    const again = gone.map((one, at) => ({
      ...one,
      bytes: pool.at(-1 - at)?.bytes as Buffer,
      mtimeMs: one.mtimeMs + 3_600_000,
      isReadable: true,
    }));
    arrive(scene, again);
  }
  if (meddling === 'sources removed') removeSources(scene, there);
}

/** Removes files without a copy outside the inbox. */
function removeSources(scene: Scene, paths: ReadonlySet<string>): void {
  const filed = [...Array.from(groupsIn(scene.library).values()).flat(), ...quarantineIn(scene.library)];
  const contents = new Set(filed.map(({ sha }) => sha));
  for (const { path, sha } of filesBelow(scene.inbox)) {
    if (!paths.has(path) || contents.has(sha)) continue;
    rmSync(join(scene.inbox, path));
    scene.arrived.splice(
      scene.arrived.findIndex((one) => one.path === path),
      1,
    );
  }
}

/** Puts a file with each of the next arrivals' names into every group. */
function takeNames(scene: Scene, arrivals: readonly Arrival[]): void {
  const groups = readdirSync(scene.library).filter((name) => !name.startsWith('.'));
  for (const group of groups) {
    for (const { path } of arrivals.filter((_, at) => at % 2 === 0)) {
      const inside = join(group, basename(path));
      const content = `somebody's own ${inside}\n`;
      try {
        writeFileSync(join(scene.library, inside), content, { flag: 'wx' });
        scene.foreign.set(inside, content);
      } catch {
        // One of our pictures has the name.
      }
    }
  }
}

function disagreements({ disagreements: all }: Report, { library, foreign }: Scene): Violations {
  const isForeign = (what: string) => foreign.has(what.slice(library.length + 1));
  return all
    .filter(({ what, problem }) => !(isForeign(what) && problem === 'is not in the store'))
    .map(({ what, problem }) => `${what} ${problem}`);
}

function keepsOrder({ meddling }: Plan): boolean {
  return meddling === 'none' || meddling === 'names taken';
}

/** Returns the grouping of the same arrivals without a kill. */
function calmPartition(plan: Plan, ground: Ground): Promise<string> {
  const key = `${plan.roll} ${plan.duplicates}`;
  const known = ground.calm.get(key) ?? fileInPeace(plan, ground);
  ground.calm.set(key, known);
  return known;
}

async function fileInPeace(plan: Plan, ground: Ground): Promise<string> {
  const calm = { ...plan, mode: 'move', acrossDisks: false } as const;
  const folders = makeFolders(calm, ground);
  const scene = { ...folders.scene, arrived: [], foreign: new Map() };
  arrive(scene, plan.arrivals);
  await runChild(orderOf(scene, calm), ground);
  const partition = partitionOf(scene);
  for (const folder of folders.all) rmSync(folder, { recursive: true });
  return partition;
}
