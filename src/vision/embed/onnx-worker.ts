import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { pooled } from './pooling.ts';
import type { GraphFacts, TensorBinding, TensorFacts } from './tensor-binding.ts';

/**
 * A thread with one session for life. The native run() blocks the thread and must not be interrupted.
 * Therefore the worker ends only on request, between two runs.
 */

export interface WorkerSetup {
  readonly modelPath: string;
}

export interface Batch {
  readonly id: number;
  readonly count: number;
  /** `count` inputs, one after another. */
  readonly values: Uint8Array | Float32Array;
  readonly binding: TensorBinding;
}

export type Reply =
  | { readonly kind: 'ready'; readonly facts: GraphFacts }
  | { readonly kind: 'done'; readonly id: number; readonly vectors: Float32Array }
  | { readonly kind: 'failed'; readonly id: number | undefined; readonly message: string };

const setup = workerData as WorkerSetup;
const port = parentPort;
if (port === null) throw new Error('onnx-worker.ts is a worker thread, not a program');

const session = await open();
port.on('message', async (message: Batch | 'stop') => {
  if (message === 'stop') {
    await session?.release();
    port.close();
  } else {
    port.postMessage(await answer(message));
  }
});

async function open(): Promise<InferenceSession | undefined> {
  try {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionProviders: ['cpu'] };
    const opened = await InferenceSession.create(setup.modelPath, options);
    const facts = { inputs: factsOf(opened.inputMetadata), outputs: factsOf(opened.outputMetadata) };
    reply({ kind: 'ready', facts });
    return opened;
  } catch (error) {
    reply({ kind: 'failed', id: undefined, message: text(error) });
    return undefined;
  }
}

function factsOf(tensors: readonly InferenceSession.ValueMetadata[]): TensorFacts[] {
  return tensors.map((one) =>
    one.isTensor
      ? { name: one.name, type: one.type, shape: one.shape }
      : { name: one.name, type: 'no tensor', shape: [] },
  );
}

async function answer({ id, count, values, binding: { input, output } }: Batch): Promise<Reply> {
  try {
    const feeds = { [input.name]: new Tensor(input.type, values, [count, ...input.shape]) };
    const result = (await session?.run(feeds, [output.name]))?.[output.name];
    if (!(result?.data instanceof Float32Array))
      throw new Error(`output ${output.name} holds no float32 values`);
    return { kind: 'done', id, vectors: pooled(result.data, result.dims, count, output.pooling) };
  } catch (error) {
    return { kind: 'failed', id, message: text(error) };
  }
}

function reply(message: Reply): void {
  port?.postMessage(message);
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
