import { hash } from 'node:crypto';
import { basename } from 'node:path';
import type { Arrival, ReadableArrival, StageTimes } from '../domain/arrival.ts';
import { captureTime } from '../domain/capture-time.ts';
import type { Fingerprint } from '../domain/frame.ts';
import { FrameError } from '../domain/frame-error.ts';
import type { PixelSpec } from '../domain/pixels.ts';
import type { Allocate, BufferPool } from '../lib/buffer-pool.ts';
import { codeOf, isOfSystem } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Decoded, Decoder } from '../vision/decode/decoder.ts';
import type { Embedder } from '../vision/embed/embedder.ts';
import type { SettledFile } from './intake.ts';

/** What was found in a settled file. All work on it that needs no knowledge of other frames ends here. */
export type Prepared =
  | {
      readonly kind: 'readable';
      readonly file: SettledFile;
      readonly arrival: ReadableArrival;
      readonly stageTimes: StageTimes;
    }
  /** It is no picture that we can use. */
  | { readonly kind: 'faulty'; readonly file: SettledFile; readonly error: FrameError }
  /** Try again later. */
  | { readonly kind: 'postponed'; readonly file: SettledFile; readonly error: unknown }
  /** Removed or replaced since it settled. */
  | { readonly kind: 'gone'; readonly file: SettledFile };

export type PrepareStep = 'settled' | 'fingerprinted' | 'decoded' | 'embedded';

export interface PrepareParts {
  readonly files: FileSystem;
  readonly decoder: Decoder;
  readonly embedder: Embedder;
  readonly pixelSpec: PixelSpec;
  /** Where files lie while they are worked on. */
  readonly buffers: BufferPool;
  readonly fileBytesMax: number;
  readonly reached: (step: PrepareStep) => void;
}

/** settle → fingerprint → decode → embed, for one file. Throws only what is nobody's fault but ours. */
export async function prepare(file: SettledFile, parts: PrepareParts): Promise<Prepared> {
  try {
    return await parts.buffers.lend((whenAccepting) => readable(file, parts, whenAccepting));
  } catch (error) {
    if (error instanceof FrameError) return { kind: 'faulty', file, error };
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return { kind: 'gone', file };
    if (isOfSystem(error)) return { kind: 'postponed', file, error };
    throw error;
  }
}

async function readable(file: SettledFile, parts: PrepareParts, whenAccepting: Allocate): Promise<Prepared> {
  const { files, decoder, embedder, pixelSpec, reached } = parts;
  reached('settled');
  if (file.facts.sizeBytes > parts.fileBytesMax) throw tooLarge(file, parts.fileBytesMax);
  const watch = stopwatch();
  const { bytes, facts } = await files.read(file.path, whenAccepting);
  if (facts.identity !== file.facts.identity || bytes.length !== facts.sizeBytes)
    return { kind: 'gone', file };
  const fingerprint = hash('sha256', bytes, 'hex') as Fingerprint;
  reached('fingerprinted');
  const readMs = watch();
  const decoded = await decoder.decode(bytes, pixelSpec);
  reached('decoded');
  const decodeMs = watch();
  const embedding = await embedder.embed(decoded.pixels);
  reached('embedded');
  const arrival: ReadableArrival = { kind: 'readable', fingerprint, embedding, ...factsOf(file, decoded) };
  return { kind: 'readable', file, arrival, stageTimes: { readMs, decodeMs, embedMs: watch() } };
}

/** What the assigner is told of the file. */
export function arrivalOf(prepared: Prepared): Arrival {
  if (prepared.kind === 'readable') return prepared.arrival;
  const { path, facts, arrivedMs } = prepared.file;
  const { reason, message } = (prepared as { error: FrameError }).error;
  return { kind: 'unreadable', source: path, identity: facts.identity, arrivedMs, reason, message };
}

function factsOf({ path, facts, arrivedMs }: SettledFile, { taken }: Decoded) {
  const captured = captureTime(taken, basename(path), facts.mtimeMs);
  return { source: path, identity: facts.identity, sizeBytes: facts.sizeBytes, captured, arrivedMs };
}

function tooLarge({ facts }: SettledFile, fileBytesMax: number): FrameError {
  return new FrameError('too-large', `the file has ${facts.sizeBytes} bytes, the limit is ${fileBytesMax}`);
}

/** Each call: milliseconds since the one before. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return last - before;
  };
}
