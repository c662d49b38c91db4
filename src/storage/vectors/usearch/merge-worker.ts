import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { FrameId } from '../../../domain/frame.ts';
import { Graph } from './graph.ts';

/** A thread that builds one segment from vectors in the order of arrival, and then ends. */

export interface MergeSetup {
  readonly dimensions: number;
  /** Path of the segment's file. */
  readonly path: string;
}

export interface VectorBatch {
  readonly frames: readonly FrameId[];
  /** The vectors, one after another. */
  readonly vectors: Float32Array;
}

export type MergeReply = 'more' | { readonly kind: 'saved'; readonly frames: number };

/** Decisions have priority on every machine. Affects this thread only: Linux has a priority per thread. */
const niceness = 5;

const { dimensions, path } = workerData as MergeSetup;
const port = parentPort;
if (port === null) throw new Error('merge-worker.ts is a worker thread, not a program');

setPriority(0, niceness);
const graph = new Graph(dimensions);
port.on('message', (message: VectorBatch | 'end' | 'stop') => {
  if (message === 'stop') return port.close();
  if (message === 'end') return finish();
  add(message);
  reply('more');
});
reply('more');

function add({ frames, vectors }: VectorBatch): void {
  frames.forEach((frame, i) => {
    graph.add(frame, vectors.subarray(i * dimensions, (i + 1) * dimensions));
  });
}

function finish(): void {
  if (graph.size > 0) graph.save(path);
  reply({ kind: 'saved', frames: graph.size });
  port?.close();
}

function reply(message: MergeReply): void {
  port?.postMessage(message);
}
