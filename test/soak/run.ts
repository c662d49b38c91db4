import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runCli, Watching } from '../support/cli.ts';
import { Gauge, type Sample, slope } from './gauge.ts';
import { drawMany } from './pictures.ts';

/**
 * `npm run soak [-- --pictures 100000 --idle 120]`: drops half of the pictures one by one into the inbox, at
 * full speed, and moves in a folder with the other half; then rests. Prints memory, open files and CPU on the
 * way, and the growth of memory per frame: total (RSS) and by kind.
 */

const { values } = parseArgs({
  options: { pictures: { type: 'string', default: '100000' }, idle: { type: 'string', default: '120' } },
});
const count = Number(values.pictures);
const half = Math.floor(count / 2);
const idleSeconds = Number(values.idle);
const everySeconds = 10;
/** Share of the run for warming up caches. */
const warmUp = 0.3;

/** Quantities that may grow with each frame. */
const growing: Readonly<Record<string, (sample: Sample) => number>> = {
  'what the daemon holds (RSS)': ({ daemon }) => daemon.all,
  'memory of its own (RssAnon)': ({ daemon }) => daemon.own,
  "the store's pages in memory": ({ daemon }) => daemon.store,
  "the index's pages in memory": ({ daemon }) => daemon.index,
  'what the decoders hold': ({ decodersBytes }) => decodersBytes,
  "the store's file": ({ storeBytes }) => storeBytes,
};

const widths = [9, 9, 11, 9, 7, 7, 10, 12, 7];

const folder = mkdtempSync(join(tmpdir(), 'framesort-soak-'));
try {
  await soak();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function soak(): Promise<void> {
  const places = ['inbox', 'library', 'state', 'loose', 'roll'].map((name) => join(folder, name));
  const [inbox, library, state, loose, roll] = places as [string, string, string, string, string];
  for (const one of [inbox, loose]) mkdirSync(one);
  print(`drawing ${count} pictures`);
  await drawMany(loose, half, true, 1);
  await drawMany(roll, count - half, false, 2);
  const args = ['--inbox', inbox, '--library', library, '--state', state];
  const daemon = await new Watching(args, { timeout: 0 }).ready();
  const gauge = new Gauge(daemon.pid, state);
  print('  seconds   frames  daemon MB  its own  store  index  decoders  open files  CPU s');
  show(gauge.take());
  for (const name of readdirSync(loose)) renameSync(join(loose, name), join(inbox, name));
  renameSync(roll, join(inbox, 'roll'));
  print(`all ${count} are in the inbox`);
  await until(gauge, (sample) => sample.frames >= count);
  summarise(gauge.samples);
  await rest(gauge);
  print(`exit code ${await daemon.end()}`);
  const left = readdirSync(inbox, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  print(`${left.length} files left in the inbox`);
  const { stdout } = await runCli(['verify', '--library', library, '--state', state]);
  print(stdout.trim());
}

async function until(gauge: Gauge, isReached: (sample: Sample) => boolean): Promise<void> {
  for (let sample = gauge.take(); !isReached(sample); sample = gauge.take()) {
    show(sample);
    await delay(everySeconds * 1_000);
  }
}

function summarise(samples: readonly Sample[]): void {
  const last = samples.at(-1) as Sample;
  const warm = samples.filter(({ frames }) => frames > warmUp * count);
  show(last);
  print(`${(last.frames / last.seconds).toFixed(1)} frames/s`);
  print(`after ${warmUp * 100} %, each frame adds`);
  for (const [what, pick] of Object.entries(growing)) {
    const bytes = slope(warm.map((sample) => [sample.frames, pick(sample)]));
    print(`${bytes.toFixed(0).padStart(8)} bytes to ${what}`);
  }
  const files = warm.map(({ openFiles }) => openFiles);
  print(`open files between ${Math.min(...files)} and ${Math.max(...files)}`);
}

/** A minute for remaining work, then the measured rest. */
async function rest(gauge: Gauge): Promise<void> {
  await delay(60_000);
  const before = gauge.take();
  await delay(idleSeconds * 1_000);
  const after = gauge.take();
  show(after);
  const share = (after.cpu - before.cpu) / (after.seconds - before.seconds);
  print(`idle: ${(100 * share).toFixed(2)} % of a CPU over ${Math.round(after.seconds - before.seconds)} s`);
}

function show({ seconds, frames, daemon, decodersBytes, openFiles, cpu }: Sample): void {
  const megabytes = [daemon.all, daemon.own, daemon.store, daemon.index, decodersBytes].map(
    (one) => one / 2 ** 20,
  );
  const cells = [seconds, frames, ...megabytes, openFiles, cpu];
  print(cells.map((value, at) => value.toFixed(0).padStart(widths[at] as number)).join(''));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
