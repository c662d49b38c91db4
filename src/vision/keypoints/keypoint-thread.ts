import { Worker } from 'node:worker_threads';
import type { Keypoints } from '../../domain/keypoints.ts';
import type { Pixels } from '../../domain/pixels.ts';
import { programUrl } from '../../lib/process/program.ts';
import type { KeypointExtractor } from './keypoint-extractor.ts';
import type { KeypointReply, KeypointRequest } from './keypoint-worker.ts';

export interface ThreadOptions {
  /** Time limit for one request, ms. The first request includes loading OpenCV. */
  readonly timeoutMs: number;
  /** The program of the thread; tests replace it by misbehaving ones. */
  readonly program?: URL;
}

const ownProgram = programUrl(import.meta.url, 'keypoint-worker');

/**
 * Runs the keypoint extractor in a thread, started at the first request: unused keypoints cost nothing. A
 * thread that ends or exceeds the time limit fails its request. The next request starts a new thread.
 */
export class KeypointThread implements KeypointExtractor {
  readonly #options: ThreadOptions;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  describe(pixels: Pixels): Promise<Keypoints> {
    return this.#request({ kind: 'describe', pixels }) as Promise<Keypoints>;
  }

  inliers(one: Keypoints, other: Keypoints): Promise<number> {
    return this.#request({ kind: 'compare', one, other }) as Promise<number>;
  }

  /** Cancels the running request. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** Runs one request at a time. */
  #request(request: KeypointRequest): Promise<Keypoints | number> {
    const running = this.#last.then(() => this.#send(request));
    this.#last = running.catch(() => {});
    return running;
  }

  async #send(request: KeypointRequest): Promise<Keypoints | number> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    worker.ref();
    try {
      const answer = await replyOf(worker, request, this.#options.timeoutMs);
      if (answer.kind === 'answer') return answer.answer;
      throw new Error(answer.message);
    } catch (error) {
      this.#worker = undefined;
      await worker.terminate();
      throw error;
    } finally {
      worker.unref();
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#options.program ?? ownProgram);
    worker.on('error', () => {}); // the running request reports the error; an idle thread is replaced
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }
}

function replyOf(worker: Worker, request: KeypointRequest, timeoutMs: number): Promise<KeypointReply> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void) => {
      clearTimeout(waiting);
      worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
      end();
    };
    const onAnswer = (answer: KeypointReply) => finish(() => resolve(answer));
    const onError = (error: Error) => finish(() => reject(error));
    const onExit = () => finish(() => reject(new Error('the keypoint thread ended')));
    const onTimeout = () => finish(() => reject(new Error(`keypoints took longer than ${timeoutMs} ms`)));
    const waiting = setTimeout(onTimeout, timeoutMs);
    worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
    worker.postMessage(request);
  });
}
