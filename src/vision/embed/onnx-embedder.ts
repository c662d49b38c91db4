import { Worker } from 'node:worker_threads';
import { assertEmbedding, type Embedding } from '../../domain/embedding.ts';
import type { Pixels } from '../../domain/pixels.ts';
import { assert } from '../../lib/assert.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { programUrl } from '../../lib/process/program.ts';
import { embeddingOf, type Model, valuesOf } from '../models/descriptor.ts';
import type { Embedder } from './embedder.ts';
import type { Batch, Reply, WorkerSetup } from './onnx-worker.ts';
import { fill } from './tensor.ts';
import { bindingError, bindTensors, type GraphFacts, type TensorBinding } from './tensor-binding.ts';

export interface EmbedderOptions {
  readonly workers: number;
  /** Most pictures per run. */
  readonly batchMax: number;
}

const workerFile = programUrl(import.meta.url, 'onnx-worker');

/** Starts a worker thread for each session. Throws FatalError if the runtime refuses the model. */
export async function openOnnxEmbedder(model: Model, options: EmbedderOptions): Promise<Embedder> {
  refuseTelemetry();
  const started = await Promise.allSettled(Array.from({ length: options.workers }, () => startWorker(model)));
  const workers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value.worker] : []));
  try {
    const [facts] = started.map(factsOf) as [GraphFacts];
    return new OnnxEmbedder({ model, facts, binding: bindTensors(model, facts) }, workers, options.batchMax);
  } catch (error) {
    await Promise.all(workers.map(stopWorker));
    throw error;
  }
}

function factsOf(started: PromiseSettledResult<Started>): GraphFacts {
  if (started.status === 'rejected') throw started.reason;
  return started.value.facts;
}

/**
 * Disables the runtime's telemetry, which uses the network and leaves files in the home and temporary folders
 * (onnxruntime's docs/Privacy.md). Must be set before the runtime is loaded. Threads cannot set the
 * environment, therefore the main thread does.
 */
function refuseTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}

/** A model whose description matches its graph. */
interface Bound {
  readonly model: Model;
  readonly facts: GraphFacts;
  readonly binding: TensorBinding;
}

interface Job {
  readonly pixels: Pixels;
  readonly resolve: (embedding: Embedding) => void;
  readonly reject: (error: Error) => void;
}

/** Distributes waiting pictures to idle workers, up to a batch each. */
class OnnxEmbedder implements Embedder {
  readonly #bound: Bound;
  readonly #idle: Worker[];
  readonly #workers: readonly Worker[];
  readonly #batchMax: number;
  readonly #waiting: Job[] = [];
  readonly #running = new Map<Worker, { id: number; jobs: Job[] }>();
  #lastBatch = 0;
  #drained: (() => void) | undefined;

  constructor(bound: Bound, workers: readonly Worker[], batchMax: number) {
    this.#bound = bound;
    this.#workers = workers;
    this.#idle = [...workers];
    this.#batchMax = Math.min(batchMax, bound.binding.batchMax);
    for (const worker of workers) {
      worker.on('message', (reply: Reply) => this.#finish(worker, reply));
      worker.on('error', (error) => this.#fail(worker, error.message));
    }
  }

  get space() {
    return this.#bound.model.space;
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
      // Divides the pictures, to keep all idle workers busy.
      const share = Math.ceil(this.#waiting.length / (this.#idle.length + 1));
      const jobs = this.#waiting.splice(0, Math.min(share, this.#batchMax));
      const { binding } = this.#bound;
      const batch: Batch = {
        id: ++this.#lastBatch,
        count: jobs.length,
        values: this.#valuesOf(jobs),
        binding,
      };
      this.#running.set(worker, { id: batch.id, jobs });
      worker.postMessage(batch, [batch.values.buffer as ArrayBuffer]);
    }
    if (this.#running.size === 0) this.#drained?.();
  }

  #valuesOf(jobs: readonly Job[]): Batch['values'] {
    const { input } = this.#bound.model.descriptor;
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
    const count = reply.vectors.length / jobs.length;
    jobs.forEach((job, i) => {
      const values = reply.vectors.slice(i * count, (i + 1) * count);
      try {
        job.resolve(this.#checked(values));
      } catch (error) {
        job.reject(error as Error);
      }
    });
    this.#dispatch();
  }

  #checked(values: Float32Array): Embedding {
    const { model, facts } = this.#bound;
    const { output } = model.descriptor;
    if (values.length !== valuesOf(output))
      throw bindingError(
        model,
        facts,
        `it gives ${values.length} values for each picture, not ${valuesOf(output)}`,
      );
    const embedding = embeddingOf(values, output);
    if (!output.normalised) normalise(embedding);
    assertEmbedding(embedding, this.space);
    return embedding;
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

interface Started {
  readonly worker: Worker;
  readonly facts: GraphFacts;
}

function startWorker(model: Model): Promise<Started> {
  const setup: WorkerSetup = { modelPath: model.path };
  const worker = new Worker(workerFile, { workerData: setup });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: Reply) => {
      worker.off('error', reject);
      if (reply.kind === 'ready') return resolve({ worker, facts: reply.facts });
      worker.postMessage('stop');
      reject(refused(model, reply.kind === 'failed' ? reply.message : ''));
    });
  });
}

function refused(model: Model, message: string): FatalError {
  return new FatalError(`open the model ${model.path}: ${message}`, {
    hint: 'Reinstall framesort, or set embed.model to another descriptor.',
    exitCode: exitCodes.configuration,
  });
}

/** Terminating a thread during a run would end the whole process. Ask the thread and wait instead. */
function stopWorker(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve());
    worker.postMessage('stop');
  });
}

function normalise(vector: Float32Array): void {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / norm;
}
