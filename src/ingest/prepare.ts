import { basename } from 'node:path';
import type { Arrival, ReadableArrival, StageTimes } from '../domain/arrival.ts';
import { FrameError } from '../domain/frame-error.ts';
import type { Allocate, BufferPool } from '../lib/buffer-pool.ts';
import { codeOf, isOfSystem } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { ExtractStep, FeatureExtractor } from '../vision/extractor.ts';
import type { SettledFile } from './intake.ts';

/** Findings about a settled file. All work without knowledge of other frames ends here. */
export type Prepared =
  | {
      readonly kind: 'readable';
      readonly file: SettledFile;
      readonly arrival: ReadableArrival;
      readonly stageTimes: StageTimes;
    }
  /** Not a usable picture. */
  | { readonly kind: 'faulty'; readonly file: SettledFile; readonly error: FrameError }
  /** Try again later. */
  | { readonly kind: 'postponed'; readonly file: SettledFile; readonly error: unknown }
  /** Removed or replaced after settling. */
  | { readonly kind: 'gone'; readonly file: SettledFile };

export type PrepareStep = 'settled' | ExtractStep;

export interface PrepareParts {
  readonly files: FileSystem;
  readonly extractor: Pick<FeatureExtractor, 'extract'>;
  /** Memory for the files under way. */
  readonly buffers: BufferPool;
  readonly fileBytesMax: number;
  readonly reached: (step: PrepareStep) => void;
}

/** Reads, fingerprints, decodes and embeds a file. Throws only for bugs of framesort. */
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
  const { files, extractor, reached } = parts;
  reached('settled');
  if (file.facts.sizeBytes > parts.fileBytesMax) throw tooLarge(file, parts.fileBytesMax);
  const watch = stopwatch();
  const { bytes, facts } = await files.read(file.path, whenAccepting);
  if (facts.identity !== file.facts.identity || bytes.length !== facts.sizeBytes)
    return { kind: 'gone', file };
  const times: Record<ExtractStep, number> = { fingerprinted: 0, decoded: 0, embedded: 0 };
  const onStep = (step: ExtractStep) => {
    times[step] = watch();
    reached(step);
  };
  const { path, arrivedMs } = file;
  const { identity, sizeBytes, mtimeMs } = file.facts;
  const features = await extractor.extract({ bytes, name: basename(path), mtimeMs }, onStep);
  const arrival = { kind: 'readable', source: path, identity, sizeBytes, arrivedMs, ...features } as const;
  const { fingerprinted: readMs, decoded: decodeMs, embedded: embedMs } = times;
  return { kind: 'readable', file, arrival, stageTimes: { readMs, decodeMs, embedMs } };
}

/** Returns the facts of the file for the assigner. */
export function arrivalOf(prepared: Prepared): Arrival {
  if (prepared.kind === 'readable') return prepared.arrival;
  const { path, facts, arrivedMs } = prepared.file;
  const { reason, message } = (prepared as { error: FrameError }).error;
  return { kind: 'unreadable', source: path, identity: facts.identity, arrivedMs, reason, message };
}

function tooLarge({ facts }: SettledFile, fileBytesMax: number): FrameError {
  return new FrameError('too-large', `the file has ${facts.sizeBytes} bytes, the limit is ${fileBytesMax}`);
}

/** Each call returns the milliseconds since the previous call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return last - before;
  };
}
