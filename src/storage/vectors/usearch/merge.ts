import { Worker } from 'node:worker_threads';
import type { Embedding } from '../../../domain/embedding.ts';
import type { FrameId } from '../../../domain/frame.ts';
import { programUrl } from '../../../lib/process/program.ts';
import type { MergeReply, MergeSetup, VectorBatch } from './merge-worker.ts';

/** The stored vectors in order of arrival: the source of all segments. */
export interface VectorSource {
  embeddings(after: FrameId): Iterable<{ readonly frame: FrameId; readonly embedding: Embedding }>;
}

/** The frames after `after`, up to and including `last`. */
export interface FrameRange {
  readonly after: FrameId;
  readonly last: FrameId;
}

/** Vectors per message, read from the store within milliseconds. */
const batchMax = 512;

const workerFile = programUrl(import.meta.url, 'merge-worker');

/**
 * Builds a segment of a range of frames in a thread, and writes it to a file. Resolves to the number of
 * frames; for 0 frames there is no file. Resolves to undefined if the signal aborts first.
 */
export function mergeInThread(
  setup: MergeSetup,
  source: VectorSource,
  range: FrameRange,
  signal: AbortSignal,
): Promise<number | undefined> {
  const worker = new Worker(workerFile, { workerData: setup });
  let { after } = range;
  let frames: number | undefined;
  const sendNext = () => {
    const batch = readBatch(source, { ...range, after }, setup.dimensions);
    after = batch.frames.at(-1) ?? after;
    if (batch.frames.length === 0) worker.postMessage('end');
    else worker.postMessage(batch, [batch.vectors.buffer as ArrayBuffer]);
  };
  return new Promise((resolve, reject) => {
    const giveUp = (error: unknown) => {
      worker.postMessage('stop');
      reject(error);
    };
    worker.on('message', (reply: MergeReply) => {
      if (reply !== 'more') frames = reply.frames;
      else if (signal.aborted) worker.postMessage('stop');
      else attempt(sendNext, giveUp);
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve(signal.aborted ? undefined : frames));
  });
}

function attempt(action: () => void, onError: (error: unknown) => void): void {
  try {
    action();
  } catch (error) {
    onError(error);
  }
}

/** Opens a new cursor for each batch: an open cursor would keep the store from reusing freed pages. */
function readBatch(source: VectorSource, { after, last }: FrameRange, dimensions: number): VectorBatch {
  const frames: FrameId[] = [];
  const vectors = new Float32Array(batchMax * dimensions);
  for (const { frame, embedding } of source.embeddings(after)) {
    if (frame > last) break;
    vectors.set(embedding, frames.length * dimensions);
    frames.push(frame);
    if (frames.length === batchMax) break;
  }
  return { frames, vectors };
}
