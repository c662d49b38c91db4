import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The program as shipped, made by `npm run build`. */
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Test machines are busy: a long time-out costs nothing in the normal case. */
const patienceMs = 120_000;

/** Time limit for a command: a hang fails one test, not the whole run. */
const lifetimeMs = 240_000;

type Options = Pick<SpawnOptions, 'env' | 'uid' | 'gid' | 'cwd' | 'timeout'> & {
  /** Another copy of the program. */
  readonly program?: string;
  /** A program to run ours, with its arguments. */
  readonly within?: readonly string[];
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function runCli(args: readonly string[], options: Options = {}): Promise<Ended> {
  return ended(startCli(args, options));
}

/** Returns the output of a command after its end. */
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

/** Turns consolidation on: pictures may change groups whenever the daemon was idle. */
export const consolidating = { FRAMESORT_GROUPING_CONSOLIDATION: 'true' };

/** On a busy machine the daemon may be idle at any moment of a test. */
const withoutConsolidation = { FRAMESORT_GROUPING_CONSOLIDATION: 'false' };

/** A running `framesort watch` with its log. Consolidation is off unless the test turns it on. */
export class Watching {
  readonly #child: ChildProcess;
  readonly #ended: Promise<[number | null, NodeJS.Signals | null]>;
  readonly lines: LogLine[] = [];
  readonly #other: string[] = [];

  constructor(args: readonly string[], options: Options = {}) {
    const env = { ...withoutConsolidation, ...options.env };
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

  /** Resolves when the daemon is watching. */
  async ready(): Promise<this> {
    await this.until(() => this.logged('watching').length > 0, 'the daemon watches');
    return this;
  }

  /** Like `until`, but fails as soon as the daemon ends. */
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

  /** Sends a signal and waits for the end. Returns the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.code();
  }

  /** Waits for the end. Returns the exit code. */
  async code(): Promise<number | null> {
    const [code] = await this.#ended;
    return code;
  }

  #hear(line: string): void {
    try {
      // LMDB reports a full disk on the same stream, without a line break.
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

/** Resolves when `reached` returns true; rejects after a long time-out. */
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
