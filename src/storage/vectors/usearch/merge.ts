import { Worker } from 'node:worker_threads';
import type { FrameId } from '../../../domain/frame.ts';
import { programUrl } from '../../../lib/process/program.ts';
import type { VectorReader } from '../../store.ts';
import type { MergeReply, MergeSetup, VectorBatch } from './merge-worker.ts';

/** The stored vectors in order of arrival: the source of all segments. */
export type VectorSource = Pick<VectorReader, 'page'>;

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
  const sendNext = async () => {
    const batch = await readBatch(source, { ...range, after }, setup.dimensions);
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
      else sendNext().catch(giveUp);
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve(signal.aborted ? undefined : frames));
  });
}

async function readBatch(
  source: VectorSource,
  { after, last }: FrameRange,
  dimensions: number,
): Promise<VectorBatch> {
  const page = (await source.page(after, batchMax)).filter(({ frame }) => frame <= last);
  const vectors = new Float32Array(batchMax * dimensions);
  for (const [at, { embedding }] of page.entries()) vectors.set(embedding, at * dimensions);
  return { frames: page.map(({ frame }) => frame), vectors };
}
