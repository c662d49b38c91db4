import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FrameError, type FrameErrorReason } from '../../../domain/frame-error.ts';
import type { PixelSpec } from '../../../domain/pixels.ts';
import { FatalError, messageOf, TransientError } from '../../../lib/errors.ts';
import type { Decoded } from '../decoder.ts';
import type { DecodeReply, DecodeRequest } from './protocol.ts';
import { openSharedBuffer, type SharedBuffer } from './shared-memory.ts';

export interface ProcessLimits {
  /** Time limit for one picture, ms. */
  readonly timeoutMs: number;
  /** Memory limit of the process, bytes. */
  readonly memoryBytesMax: number;
}

/** The process ended, or was killed, while decoding a picture. */
export class DecoderDied extends Error {
  override readonly name = 'DecoderDied';
  readonly reason: FrameErrorReason;
  constructor(reason: FrameErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A decoder can allocate a few hundred MB between two polls. */
const pollEveryMs = 50;
const pageBytes = 4_096;
const stderrCharactersMax = 2_000;

/** A process that decodes one picture at a time. Kills the process if a picture exceeds a limit. */
export class DecoderProcess {
  readonly #child: ChildProcess;
  readonly #limits: ProcessLimits;
  readonly #stderrTail: () => string;
  readonly #sharedBuffer: SharedBuffer;

  /** Resolves when the process is ready. `settings` go to its program. */
  static async start(program: URL, settings: object, limits: ProcessLimits): Promise<DecoderProcess> {
    const sharedBuffer = openSharedBuffer();
    const child = fork(fileURLToPath(program), [JSON.stringify(settings)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', sharedBuffer.descriptor ?? 'ignore'],
      // Running from source needs the loader flags of this process.
      execArgv: program.pathname.endsWith('.ts') ? process.execArgv : [],
    });
    const stderrText = stderrTail(child);
    child.once('exit', () => sharedBuffer.close());
    await untilReady(child, stderrText).catch((error) => {
      sharedBuffer.close();
      throw error;
    });
    return new DecoderProcess(child, limits, stderrText, sharedBuffer);
  }

  private constructor(
    child: ChildProcess,
    limits: ProcessLimits,
    stderrText: () => string,
    sharedBuffer: SharedBuffer,
  ) {
    this.#child = child;
    this.#limits = limits;
    this.#stderrTail = stderrText;
    this.#sharedBuffer = sharedBuffer;
    child.on('error', () => {}); // a request to a process that just died: its exit event counts
    this.#unref();
  }

  get isAlive(): boolean {
    return this.#child.connected && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Throws FrameError if the picture cannot be decoded, DecoderDied if the process was killed or ended. */
  decode(bytes: Buffer, spec: PixelSpec): Promise<Decoded> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const guard = this.#guard();
      const finish = () => {
        child.off('message', onReply).off('exit', onExit);
        guard.end();
        this.#unref();
      };
      const onReply = (reply: DecodeReply) => {
        finish();
        if (reply.kind === 'decoded') resolve(this.#unpacked(reply));
        else if (reply.kind === 'faulty') reject(new FrameError(reply.reason, reply.message));
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null) => {
        finish();
        reject(guard.verdict ?? this.#cause(code, signal));
      };
      child.on('message', onReply).on('exit', onExit);
      this.#ref();
      child.send({ picture: this.#sharedBuffer.put(bytes), spec } satisfies DecodeRequest);
    });
  }

  async kill(): Promise<void> {
    const isGone = this.#child.exitCode !== null || this.#child.signalCode !== null;
    const ended = isGone ? undefined : once(this.#child, 'exit');
    this.#ref();
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Resident memory, bytes; 0 if the system does not report it. */
  get memoryBytes(): number {
    try {
      const pages = readFileSync(`/proc/${this.#child.pid}/statm`, 'latin1').split(' ')[1];
      return Number(pages) * pageBytes;
    } catch {
      return 0;
    }
  }

  #unpacked({ pixels, width, height, taken }: DecodeReply & { readonly kind: 'decoded' }): Decoded {
    return { pixels: { data: this.#sharedBuffer.take(pixels), width, height }, taken };
  }

  /** Kills the process if the current picture exceeds the time or memory limit, and keeps the reason. */
  #guard() {
    const { timeoutMs, memoryBytesMax } = this.#limits;
    const kill = (reason: FrameErrorReason, message: string) => {
      guard.verdict ??= new DecoderDied(reason, message);
      this.#child.kill('SIGKILL');
    };
    const checkMemory = () => {
      if (this.memoryBytes > memoryBytesMax)
        kill(
          'decoder-out-of-memory',
          `decoding needs more than ${memoryBytesMax} bytes (decode.memoryBytesMax)`,
        );
    };
    const onTimeout = () =>
      kill('decoder-timed-out', `decoding takes longer than ${timeoutMs} ms (decode.timeoutMs)`);
    const polling = setInterval(checkMemory, pollEveryMs);
    const waiting = setTimeout(onTimeout, timeoutMs);
    const end = () => {
      clearInterval(polling);
      clearTimeout(waiting);
    };
    const guard: { verdict?: DecoderDied; readonly end: () => void } = { end };
    return guard;
  }

  #cause(code: number | null, signal: NodeJS.Signals | null): DecoderDied {
    if (signal === 'SIGKILL')
      return new DecoderDied(
        'decoder-out-of-memory',
        'the system killed the decoder, probably because memory ran out',
      );
    if (/out of memory/i.test(this.#stderrTail()))
      return new DecoderDied('decoder-out-of-memory', 'the decoder ran out of memory');
    return new DecoderDied('decoder-crashed', `the decoder ended with ${signal ?? `exit code ${code}`}`);
  }

  /** An idle process does not keep the daemon alive. */
  #unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }
}

/** Returns the tail of the process's stderr. */
function stderrTail(child: ChildProcess): () => string {
  const text = '';
  const output = child.stderr as Socket;
  output.setEncoding('utf8').on('data', (text: string) => {
    text = (text + text).slice(-stderrCharactersMax);
  });
  output.unref();
  return () => text;
}

async function untilReady(child: ChildProcess, stderrText: () => string): Promise<void> {
  const ready = once(child, 'message').then(() => undefined);
  const ended = once(child, 'exit').then(([code, signal]) => notStarted(code, signal, stderrText()));
  try {
    const failure = await Promise.race([ready, ended]);
    if (failure !== undefined) throw failure;
  } catch (error) {
    if (error instanceof FatalError) throw error;
    throw new TransientError(`start a decoder: ${messageOf(error)}`, { cause: error }); // no process, no memory
  }
}

function notStarted(code: number | null, signal: NodeJS.Signals | null, stderrText: string): Error {
  if (signal !== null) return new TransientError(`start a decoder: it ended with ${signal}`);
  return new FatalError(`start a decoder: it ended with exit code ${code}: ${stderrText.trim()}`, {
    hint: 'Reinstall framesort.',
  });
}
