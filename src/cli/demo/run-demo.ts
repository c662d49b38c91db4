import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Scores, scoreGrouping } from '../../evaluation/metrics/scores.ts';
import { Notifier } from '../../lib/async/notifier.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { type Film, type FilmFrame, type FilmPackage, loadFilmPackage } from './film-package.ts';

/**
 * The demo: films a small world, drops the frames into an inbox like a camera, and prints each filed frame.
 */

export interface DemoOptions {
  readonly folder: string;
  readonly frames: number;
  readonly seed: number;
  /** Called for each filed frame. */
  readonly onFiled: (filed: FiledLine) => void;
}

/** The daemon's log fields of a filed frame. */
export interface FiledLine {
  readonly source: string;
  readonly group: string;
  readonly founded: boolean;
  readonly similarity?: number;
}

export interface DemoResult {
  readonly film: Film;
  readonly library: string;
  /** For each group, the number of frames by place. */
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly scores: Scores;
}

const size = { width: 480, height: 320 };
const filmStartMs = Date.UTC(2026, 5, 1, 8);
const marker = '.framesort-demo';
const patienceMs = 60_000;

export async function runDemo({ folder, frames, seed, onFiled }: DemoOptions): Promise<DemoResult> {
  const [inbox, library] = prepareFolders(folder);
  const camera = await loadFilmPackage();
  const film = camera.planFilm({ frames, seed });
  const daemon = startDaemon(folder, inbox, library);
  const filed = followLog(daemon, onFiled);
  await Promise.race([filed.ready, filed.failed]);
  for (const frame of film.frames) await Promise.race([drop(frame, camera, inbox), filed.failed]);
  await Promise.race([filed.reached(film.frames.length), filed.failed]);
  await stop(daemon);
  return { film, library, ...compare(film, library) };
}

/** Removes the output of an earlier demo, and nothing else. */
function prepareFolders(folder: string): [inbox: string, library: string] {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(join(folder, marker))) {
    throw new FatalError(`use ${folder} for the demo: it holds something else`, {
      hint: 'Name another folder with --dir.',
      exitCode: exitCodes.usage,
    });
  }
  rmSync(folder, { recursive: true, force: true });
  const folders: [string, string] = [join(folder, 'inbox'), join(folder, 'library')];
  for (const one of folders) mkdirSync(one, { recursive: true });
  writeFileSync(join(folder, marker), 'Made by "framesort demo". The next demo empties this folder.\n');
  return folders;
}

function startDaemon(folder: string, inbox: string, library: string): ChildProcess {
  const main = fileURLToPath(new URL('../../main.js', import.meta.url));
  const args = ['watch', '--inbox', inbox, '--library', library, '--state', join(folder, 'state')];
  const env = { ...process.env, FRAMESORT_LOG_FORMAT: 'json', FRAMESORT_LOG_LEVEL: 'info' };
  return spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

interface LogFollower {
  readonly ready: Promise<void>;
  /** Resolves when this many frames are filed. */
  reached(frames: number): Promise<void>;
  /** Rejects when the daemon ends or stays silent; never resolves. */
  readonly failed: Promise<never>;
}

/** Reads the daemon's log as an operator's tools would. */
function followLog(daemon: ChildProcess, onFiled: (filed: FiledLine) => void): LogFollower {
  const notifier = new Notifier();
  const seen = { frames: 0, isReady: false, heardMs: Date.now(), others: [] as string[] };
  createInterface({ input: daemon.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    seen.heardMs = Date.now();
    const entry = parseLine(line);
    if (entry?.msg === 'watching') seen.isReady = true;
    else if (entry?.msg === 'filed') {
      seen.frames++;
      onFiled(entry as unknown as FiledLine);
    } else seen.others.push(line);
    notifier.notify();
  });
  const until = async (reached: () => boolean) => {
    while (!reached()) await notifier.wait(undefined);
  };
  return {
    ready: until(() => seen.isReady),
    reached: (frames) => until(() => seen.frames >= frames),
    failed: failure(daemon, seen),
  };
}

function failure(daemon: ChildProcess, seen: { heardMs: number; others: string[] }): Promise<never> {
  const said = () => seen.others.slice(-3).join('\n');
  const failed = new Promise<never>((_, reject) => {
    daemon.on('exit', (code) => reject(new FatalError(`the daemon ended (${code}): ${said()}`)));
    const watch = () => {
      if (Date.now() - seen.heardMs > patienceMs)
        reject(new FatalError(`the daemon filed nothing for a minute: ${said()}`));
    };
    setInterval(watch, 1_000).unref();
  });
  failed.catch(() => {});
  return failed;
}

function parseLine(line: string): { msg?: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Writes under a temporary name, sets the time of the shot, and renames: as careful cameras do. */
async function drop(frame: FilmFrame, camera: FilmPackage, inbox: string): Promise<void> {
  const jpeg = await camera.drawFrame(frame, size);
  const draft = join(inbox, `.${nameOf(frame)}.part`);
  writeFileSync(draft, jpeg);
  const seconds = (filmStartMs + frame.timeMs) / 1000;
  utimesSync(draft, seconds, seconds);
  renameSync(draft, join(inbox, nameOf(frame)));
}

export function nameOf({ index }: FilmFrame): string {
  return `frame_${String(index + 1).padStart(4, '0')}.jpg`;
}

function stop(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    daemon.removeAllListeners('exit');
    daemon.once('exit', () => resolve());
    daemon.kill('SIGTERM');
  });
}

function compare({ frames }: Film, library: string): Pick<DemoResult, 'groups' | 'scores'> {
  const folderOf = new Map<string, string>();
  for (const folder of readdirSync(library)
    .filter((name) => !name.startsWith('.'))
    .sort()) {
    for (const name of readdirSync(join(library, folder))) folderOf.set(name, folder);
  }
  const groups = new Map<string, Map<string, number>>();
  for (const frame of frames) {
    const folder = folderOf.get(nameOf(frame)) ?? '(not filed)';
    const places = groups.get(folder) ?? new Map<string, number>();
    groups.set(folder, places.set(frame.place, (places.get(frame.place) ?? 0) + 1));
  }
  const truth = frames.map(({ place }) => place);
  const predicted = frames.map((frame) => folderOf.get(nameOf(frame)) ?? nameOf(frame));
  return { groups, scores: scoreGrouping(truth, predicted) };
}
