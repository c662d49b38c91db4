import { hash } from 'node:crypto';
import { captureTime } from '../domain/capture-time.ts';
import type { Embedding } from '../domain/embedding.ts';
import type { CaptureTime, Fingerprint } from '../domain/frame.ts';
import type { PixelSpec, Pixels } from '../domain/pixels.ts';
import type { Decoder } from './decode/decoder.ts';
import type { Embedder } from './embed/embedder.ts';
import type { Model } from './models/descriptor.ts';

/** Features of one picture. */
export interface Features {
  /** SHA-256 of the file's bytes. */
  readonly fingerprint: Fingerprint;
  readonly captured: CaptureTime;
  /** Unit vector in the embedding space of the model. */
  readonly embedding: Embedding;
}

export interface ImageFile {
  readonly bytes: Buffer;
  /** Name of the file; some names tell the capture time. */
  readonly name: string;
  readonly mtimeMs: number;
}

export type ExtractStep = 'fingerprinted' | 'decoded' | 'embedded';

export interface ExtractorParts {
  readonly model: Model;
  readonly decoder: Decoder;
  readonly embedder: Embedder;
  /** Pictures in work at a time: enough to decode and to embed on every core. */
  readonly concurrency: number;
  readonly close: () => Promise<void>;
}

/** Extracts features from image files with one model. The owner may replace the model. */
export class FeatureExtractor {
  readonly concurrency: number;
  readonly #decoder: Decoder;
  readonly #closeDecoder: () => Promise<void>;
  #model: Model;
  #embedder: Embedder;

  constructor({ model, decoder, embedder, concurrency, close }: ExtractorParts) {
    this.concurrency = concurrency;
    this.#decoder = decoder;
    this.#closeDecoder = close;
    this.#model = model;
    this.#embedder = embedder;
  }

  get model(): Model {
    return this.#model;
  }

  /**
   * Calls `onStep` after each step. Throws FrameError if the bytes are no readable picture within the limits.
   */
  async extract(
    { bytes, name, mtimeMs }: ImageFile,
    onStep: (step: ExtractStep) => void = () => {},
  ): Promise<Features> {
    const [model, embedder] = [this.#model, this.#embedder];
    const fingerprint = hash('sha256', bytes, 'hex') as Fingerprint;
    onStep('fingerprinted');
    const { pixels, taken } = await this.#decoder.decode(bytes, model.descriptor.input);
    onStep('decoded');
    const embedding = await embedder.embed(pixels);
    onStep('embedded');
    return { fingerprint, captured: captureTime(taken, name, mtimeMs), embedding };
  }

  /** Embeds the picture in `bytes`. Throws FrameError like `extract`. */
  async embed(bytes: Buffer): Promise<Embedding> {
    const [model, embedder] = [this.#model, this.#embedder];
    const { pixels } = await this.#decoder.decode(bytes, model.descriptor.input);
    return embedder.embed(pixels);
  }

  /**
   * Decodes the picture in `bytes` to other pixels than those of the model. Throws FrameError like `extract`.
   */
  async pixels(bytes: Buffer, spec: PixelSpec): Promise<Pixels> {
    return (await this.#decoder.decode(bytes, spec)).pixels;
  }

  /** Returns an extractor with another model and the same decoder. The caller closes the embedder. */
  with(model: Model, embedder: Embedder): FeatureExtractor {
    const close = async () => {};
    return new FeatureExtractor({
      model,
      embedder,
      decoder: this.#decoder,
      concurrency: this.concurrency,
      close,
    });
  }

  /** Uses another model from now on. Returns the earlier embedder, which the caller closes. */
  use(model: Model, embedder: Embedder): Embedder {
    const earlier = this.#embedder;
    this.#model = model;
    this.#embedder = embedder;
    return earlier;
  }

  uses(embedder: Embedder): boolean {
    return this.#embedder === embedder;
  }

  async close(): Promise<void> {
    await Promise.all([this.#embedder.close(), this.#closeDecoder()]);
  }
}
