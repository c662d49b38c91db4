import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The program as it is shipped; `npm run build` makes it. */
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Machines that run tests are busy: patience costs nothing where all goes well. */
const patienceMs = 120_000;

/** No command runs longer than this: a hang fails one test and not the whole run. */
const lifetimeMs = 240_000;

type Options = Pick<SpawnOptions, 'env' | 'uid' | 'gid' | 'cwd' | 'timeout'> & {
  /** Another copy of the program. */
  readonly program?: string;
  /** Something, with its arguments, that runs the program. */
  readonly within?: readonly string[];
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export function runCli(args: readonly string[], options: Options = {}): Promise<Ended> {
  return ended(startCli(args, options));
}

/** What a command said until its end. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'exit'),
  ]);
  return { code, stdout, stderr };
}

export function startCli(args: readonly string[], options: Options): ChildProcess {
  const { env = {}, program = main, within = [], ...rest } = options;
  const settings = { FRAMESORT_LOG_FORMAT: 'json', FRAMESORT_EMBED_WORKERS: '1' };
  const [first, ...others] = [...within, process.execPath, program, ...args] as [string, ...string[]];
  return spawn(first, others, {
    timeout: lifetimeMs,
    ...rest,
    env: { ...process.env, ...settings, ...env },
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** For daemons that look again: pictures change groups whenever it was quiet for long enough. */
export const lookingAgain = { FRAMESORT_GROUPING_CONSOLIDATION: 'true' };

/** On a busy machine it may be quiet at any moment of a test. */
const decidingOnce = { FRAMESORT_GROUPING_CONSOLIDATION: 'false' };

/** A `framesort watch` that runs, and what it has logged so far. Second looks are off where the test does not ask for them. */
export class Watching {
  readonly #child: ChildProcess;
  readonly #ended: Promise<[number | null, NodeJS.Signals | null]>;
  readonly lines: LogLine[] = [];
  readonly #other: string[] = [];

  constructor(args: readonly string[], options: Options = {}) {
    const env = { ...decidingOnce, ...options.env };
    this.#child = startCli(['watch', ...args], { ...options, env });
    this.#ended = once(this.#child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    createInterface({ input: this.#child.stderr as NodeJS.ReadableStream }).on('line', (line) =>
      this.#hear(line),
    );
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  logged(msg: string): LogLine[] {
    return this.lines.filter((line) => line.msg === msg);
  }

  /** Resolves once it watches. */
  async ready(): Promise<this> {
    await this.until(() => this.logged('watching').length > 0, 'the daemon watches');
    return this;
  }

  /** Like `until`, and ends as soon as the daemon does. */
  async until(reached: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await until(
      async () => {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null)
          throw new Error(`the daemon ended before this: ${what}\n${this.#said()}`);
        return reached();
      },
      () => `${what}\n${this.#said()}`,
    );
  }

  /** Sends a signal and waits for the end; returns the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.code();
  }

  /** The exit code, once it ended by itself. */
  async code(): Promise<number | null> {
    const [code] = await this.#ended;
    return code;
  }

  #hear(line: string): void {
    try {
      // LMDB writes of a full disk to the same stream, without an end of line.
      this.lines.push(JSON.parse(line.slice(Math.max(0, line.indexOf('{"level"')))));
    } catch {
      this.#other.push(line);
    }
  }

  #said(): string {
    const notes = this.lines.filter(({ msg }) => msg !== 'filed').slice(-5);
    return [...notes.map((line) => JSON.stringify(line)), ...this.#other.slice(-20)].join('\n');
  }
}

/** Resolves once `reached` says so; rejects when that takes unreasonably long. */
export async function until(
  reached: () => boolean | Promise<boolean>,
  what: string | (() => string),
  timeoutMs = patienceMs,
): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await reached())) {
    if (Date.now() > endMs)
      throw new Error(`waited ${timeoutMs} ms in vain: ${typeof what === 'string' ? what : what()}`);
    await delay(20);
  }
}
