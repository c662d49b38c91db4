import { FrameError } from '../../../domain/frame-error.ts';
import type { PixelSpec } from '../../../domain/pixels.ts';
import { programUrl } from '../../../lib/process/program.ts';
import type { Decoded, Decoder } from '../decoder.ts';
import { DecoderDied, DecoderProcess, type ProcessLimits } from './decoder-process.ts';

export interface PoolOptions {
  /** Number of processes, and of pictures decoded in parallel. */
  readonly workers: number;
  readonly limits: ProcessLimits;
  /** Settings of the decoder program. */
  readonly settings: object;
  /** The decoder program; tests replace it by misbehaving ones. */
  readonly program?: URL;
}

const ownProgram = programUrl(import.meta.url, 'decoder-main');

/** A process with more memory than this after a picture is replaced: freed memory is not always returned. */
const idleBytesMax = 160 * 2 ** 20;

export interface DecoderPool extends Decoder {
  close(): Promise<void>;
}

/** Starts the processes. Throws FatalError if the program cannot run. */
export async function openDecoderPool(options: PoolOptions): Promise<DecoderPool> {
  const pool = new Pool(options);
  await pool.start();
  return pool;
}

/**
 * Decodes in separate processes, therefore a crash costs a single picture. Retries a picture once in a fresh
 * process, because the machine or the user may have killed the first process.
 */
class Pool implements DecoderPool {
  readonly #options: PoolOptions;
  readonly #idle: DecoderProcess[] = [];
  readonly #all = new Set<DecoderProcess>();
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #secondTries: Promise<unknown> = Promise.resolve();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#free = options.workers;
  }

  async start(): Promise<void> {
    const starting = Array.from({ length: this.#options.workers }, () => this.#startOne());
    this.#idle.push(...(await Promise.all(starting)));
  }

  async decode(bytes: Buffer, spec: PixelSpec): Promise<Decoded> {
    if (bytes.length === 0) throw new FrameError('empty', 'the file is empty');
    try {
      return await this.#decodeOnce(bytes, spec);
    } catch (error) {
      if (!(error instanceof DecoderDied)) throw error;
      return this.#decodeAlone(bytes, spec);
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#all, (process) => process.kill()));
  }

  /** Retries one picture at a time, therefore a crash is attributed to the right picture. */
  #decodeAlone(bytes: Buffer, spec: PixelSpec): Promise<Decoded> {
    const trying = this.#secondTries.then(() => this.#decodeOnce(bytes, spec));
    this.#secondTries = trying.catch(() => {});
    return trying.catch((error) => {
      throw error instanceof DecoderDied
        ? new FrameError(error.reason, error.message, { cause: error })
        : error;
    });
  }

  async #decodeOnce(bytes: Buffer, spec: PixelSpec): Promise<Decoded> {
    await this.#takeTurn();
    try {
      const process = await this.#takeProcess();
      try {
        return await process.decode(bytes, spec);
      } finally {
        await this.#giveBack(process);
      }
    } finally {
      this.#endTurn();
    }
  }

  async #takeTurn(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  async #takeProcess(): Promise<DecoderProcess> {
    for (let process = this.#idle.pop(); process !== undefined; process = this.#idle.pop()) {
      if (process.isAlive) return process;
      this.#all.delete(process);
    }
    return this.#startOne();
  }

  async #giveBack(process: DecoderProcess): Promise<void> {
    if (process.isAlive && process.memoryBytes <= idleBytesMax) {
      this.#idle.push(process);
    } else {
      this.#all.delete(process);
      await process.kill();
    }
  }

  async #startOne(): Promise<DecoderProcess> {
    const { program = ownProgram, settings, limits } = this.#options;
    const process = await DecoderProcess.start(program, settings, limits);
    this.#all.add(process);
    return process;
  }
}
