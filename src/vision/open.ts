import { availableParallelism } from 'node:os';
import type { Config } from '../config/options.ts';
import type { Decoder } from './decode/decoder.ts';
import { openDecoderPool } from './decode/process/decoder-pool.ts';
import type { Embedder } from './embed/embedder.ts';
import { openOnnxEmbedder } from './embed/onnx-embedder.ts';
import { selfTestOnce } from './embed/self-test.ts';
import { KeypointThread } from './keypoints/keypoint-thread.ts';
import { modelOf } from './models/configured-model.ts';
import type { Model } from './models/descriptor.ts';
import { modelCache } from './models/registry.ts';

/** Model and embedder are replaced when decisions change to another space. */
export interface FeatureExtractor {
  model: Model;
  readonly decoder: Decoder;
  embedder: Embedder;
  /** Pictures to have in work at once, so that every core has one to decode and one to embed. */
  readonly concurrency: number;
  close(): Promise<void>;
}

/** `decodeProgram`: for tests, in place of the one that decodes. */
export async function openExtractor(config: Config, decodeProgram?: URL): Promise<FeatureExtractor> {
  const model = modelOf(config);
  const decoder = await openDecoder(config.decode, decodeProgram);
  try {
    const embedder = await openEmbedder(model, config);
    const extractor = { model, decoder, embedder, concurrency: 4 * availableParallelism() };
    const close = async () => void (await Promise.all([extractor.embedder.close(), decoder.close()]));
    return Object.assign(extractor, { close });
  } catch (error) {
    await decoder.close();
    throw error;
  }
}

/** One that was proved, now or before. */
export async function openEmbedder(model: Model, { embed }: Pick<Config, 'embed'>): Promise<Embedder> {
  await selfTestOnce(model, modelCache(), openOnnxEmbedder);
  return openOnnxEmbedder(model, {
    workers: embed.workers || availableParallelism(),
    batchMax: embed.batchMax,
  });
}

export function openDecoder(options: Config['decode'], program?: URL) {
  const { workers, timeoutMs, memoryBytesMax, ...settings } = options;
  // One more than cores: while the disk or the daemon keeps one waiting, no core is idle.
  return openDecoderPool({
    workers: workers || availableParallelism() + 1,
    limits: { timeoutMs, memoryBytesMax },
    settings,
    ...(program && { program }),
  });
}

/** How long a look at keypoints may take: a few hundred times what it usually does. */
const keypointsMs = 30_000;

/** Nothing is loaded before the first look. */
export function openKeypoints(program?: URL): KeypointThread {
  return new KeypointThread({ timeoutMs: keypointsMs, ...(program && { program }) });
}
