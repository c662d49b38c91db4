import { Worker } from 'node:worker_threads';
import { assertEmbedding, type Embedding } from '../domain/embedding.ts';
import type { Pixels } from '../domain/pixels.ts';
import { assert } from '../lib/assert.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import type { Model } from './descriptor.ts';
import type { Embedder } from './embedder.ts';
import type { Batch, Reply, WorkerSetup } from './onnx-worker.ts';

export interface EmbedderOptions {
  readonly workers: number;
  /** Pictures that one run takes at the most. */
  readonly batchMax: number;
}

// Threads do not inherit what runs TypeScript from source: from there they run what was built.
const isSource = import.meta.url.endsWith('.ts');
const workerFile = new URL(
  isSource ? '../../dist/embed/onnx-worker.js' : './onnx-worker.js',
  import.meta.url,
);

/** Starts one worker thread for each session. Throws FatalError if the runtime refuses the model. */
export async function openOnnxEmbedder(model: Model, options: EmbedderOptions): Promise<Embedder> {
  refuseTelemetry();
  const workers = await Promise.all(Array.from({ length: options.workers }, () => startWorker(model)));
  return new OnnxEmbedder(model, workers, options.batchMax);
}

/**
 * The runtime would report to its maker over the network, and leave files in the temporary folder and the home, unless
 * told not to before it is loaded (onnxruntime's docs/Privacy.md). Threads can't set the environment; this can.
 */
function refuseTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}

interface Job {
  readonly pixels: Pixels;
  readonly resolve: (embedding: Embedding) => void;
  readonly reject: (error: Error) => void;
}

/** Hands waiting pictures to whichever worker is free, as many as have come, up to a batch. */
class OnnxEmbedder implements Embedder {
  readonly #model: Model;
  readonly #idle: Worker[];
  readonly #workers: readonly Worker[];
  readonly #batchMax: number;
  readonly #waiting: Job[] = [];
  readonly #running = new Map<Worker, { id: number; jobs: Job[] }>();
  #lastBatch = 0;
  #drained: (() => void) | undefined;

  constructor(model: Model, workers: readonly Worker[], batchMax: number) {
    this.#model = model;
    this.#workers = workers;
    this.#idle = [...workers];
    this.#batchMax = batchMax;
    for (const worker of workers) {
      worker.on('message', (reply: Reply) => this.#finish(worker, reply));
      worker.on('error', (error) => this.#fail(worker, error.message));
    }
  }

  get space() {
    return this.#model.space;
  }

  embed(pixels: Pixels): Promise<Embedding> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pixels, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop();
      if (worker === undefined) return;
      // Shared out, so that one worker does not take what two could do at once.
      const share = Math.ceil(this.#waiting.length / (this.#idle.length + 1));
      const jobs = this.#waiting.splice(0, Math.min(share, this.#batchMax));
      const batch: Batch = { id: ++this.#lastBatch, count: jobs.length, values: this.#valuesOf(jobs) };
      this.#running.set(worker, { id: batch.id, jobs });
      worker.postMessage(batch, [batch.values.buffer as ArrayBuffer]);
    }
    if (this.#running.size === 0) this.#drained?.();
  }

  #valuesOf(jobs: readonly Job[]): Batch['values'] {
    const { input } = this.#model.descriptor;
    const size = input.width * input.height * 3;
    const values =
      input.type === 'uint8' ? new Uint8Array(jobs.length * size) : new Float32Array(jobs.length * size);
    jobs.forEach(({ pixels }, i) => {
      assert(pixels.data.length === size, `a picture has ${pixels.data.length} of ${size} values`);
      fill(values.subarray(i * size, (i + 1) * size), pixels, input);
    });
    return values;
  }

  #finish(worker: Worker, reply: Reply): void {
    if (reply.kind === 'ready') return;
    if (reply.kind === 'failed') return this.#fail(worker, reply.message);
    const jobs = this.#release(worker);
    const { dimensions } = this.space;
    jobs.forEach((job, i) => {
      const vector = reply.vectors.slice(i * dimensions, (i + 1) * dimensions);
      try {
        job.resolve(this.#checked(vector));
      } catch (error) {
        job.reject(error as Error);
      }
    });
    this.#dispatch();
  }

  #checked(vector: Float32Array): Embedding {
    if (!this.#model.descriptor.output.normalised) normalise(vector);
    assertEmbedding(vector, this.space);
    return vector;
  }

  #fail(worker: Worker, message: string): void {
    for (const job of this.#release(worker))
      job.reject(new FatalError(`embed with ${this.space.id}: ${message}`));
    this.#dispatch();
  }

  #release(worker: Worker): Job[] {
    const jobs = this.#running.get(worker)?.jobs ?? [];
    this.#running.delete(worker);
    this.#idle.push(worker);
    return jobs;
  }

  async close(): Promise<void> {
    if (this.#running.size > 0 || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await Promise.all(this.#workers.map(stopWorker));
  }
}

function startWorker(model: Model): Promise<Worker> {
  const { input, output } = model.descriptor;
  const { width, height } = input;
  const shape = input.layout === 'NHWC' ? [height, width, 3] : [3, height, width];
  const setup: WorkerSetup = {
    modelPath: model.path,
    input: { name: input.name, type: input.type, shape },
    outputName: output.name,
  };
  const worker = new Worker(workerFile, { workerData: setup });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: Reply) => {
      worker.off('error', reject);
      if (reply.kind === 'ready') return resolve(worker);
      worker.postMessage('stop');
      reject(refused(model, reply.kind === 'failed' ? reply.message : ''));
    });
  });
}

function refused(model: Model, message: string): FatalError {
  return new FatalError(`open the model ${model.path}: ${message}`, {
    hint: 'Install framesort again, or point embed.model to another descriptor.',
    exitCode: exitCodes.configuration,
  });
}

/** Terminating a thread inside a run would end the whole process: ask, then wait. */
function stopWorker(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve());
    worker.postMessage('stop');
  });
}

/** Puts one picture into its place in the batch, as the model's layout and type want it. */
function fill(
  into: Uint8Array | Float32Array,
  { data, width, height }: Pixels,
  input: Model['descriptor']['input'],
): void {
  const area = width * height;
  const place =
    input.layout === 'NHWC' ? (i: number) => i : (i: number) => (i % 3) * area + Math.floor(i / 3);
  if (input.type === 'uint8' && input.layout === 'NHWC') return into.set(data);
  const tables = input.type === 'uint8' ? undefined : normalisation(input);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    into[place(i)] = tables === undefined ? value : (tables[i % 3]?.[value] as number);
  }
}

/** For each channel, what each of the 256 values becomes. */
function normalisation({ mean = [0, 0, 0], std = [1, 1, 1] }: Model['descriptor']['input']): Float32Array[] {
  return mean.map((m, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - m) / (std[channel] as number)),
  );
}

function normalise(vector: Float32Array): void {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / norm;
}
