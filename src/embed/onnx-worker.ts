import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * One thread with one session for life. The native run() blocks its thread and must not be cut short, so the worker
 * ends only when told to, between two runs.
 */

export interface WorkerSetup {
  readonly modelPath: string;
  readonly input: {
    readonly name: string;
    readonly type: 'uint8' | 'float32';
    readonly shape: readonly number[];
  };
  readonly outputName: string;
}

export interface Batch {
  readonly id: number;
  readonly count: number;
  /** `count` inputs, one after another. */
  readonly values: Uint8Array | Float32Array;
}

export type Reply =
  | { readonly kind: 'ready' }
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
    reply({ kind: 'ready' });
    return opened;
  } catch (error) {
    reply({ kind: 'failed', id: undefined, message: text(error) });
    return undefined;
  }
}

async function answer({ id, count, values }: Batch): Promise<Reply> {
  try {
    const shape = [count, ...setup.input.shape];
    const feeds = { [setup.input.name]: new Tensor(setup.input.type, values, shape) };
    const output = (await session?.run(feeds, [setup.outputName]))?.[setup.outputName];
    if (!(output?.data instanceof Float32Array))
      throw new Error(`output ${setup.outputName} holds no float32 values`);
    return { kind: 'done', id, vectors: output.data };
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
