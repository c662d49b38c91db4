import { availableParallelism } from 'node:os';
import type { Config } from '../config/options.ts';
import { openDecoderPool } from './decode/process/decoder-pool.ts';
import type { Embedder } from './embed/embedder.ts';
import { openOnnxEmbedder } from './embed/onnx-embedder.ts';
import { selfTest, selfTestOnce } from './embed/self-test.ts';
import { FeatureExtractor } from './extractor.ts';
import { KeypointThread } from './keypoints/keypoint-thread.ts';
import { modelOf } from './models/configured-model.ts';
import type { Model } from './models/descriptor.ts';
import { modelCache } from './models/registry.ts';

/** `decodeProgram` replaces the decoder program in tests. */
export async function openExtractor(config: Config, decodeProgram?: URL): Promise<FeatureExtractor> {
  const model = modelOf(config);
  const decoder = await openDecoder(config.decode, decodeProgram);
  try {
    const embedder = await openEmbedder(model, config);
    const concurrency = 4 * availableParallelism();
    return new FeatureExtractor({ model, decoder, embedder, concurrency, close: () => decoder.close() });
  } catch (error) {
    await decoder.close();
    throw error;
  }
}

/** Opens the embedder of a tested model; tests the model on first use. */
export async function openEmbedder(model: Model, { embed }: Pick<Config, 'embed'>): Promise<Embedder> {
  await selfTestOnce(model, modelCache(), openOnnxEmbedder);
  return openOnnxEmbedder(model, {
    workers: embed.workers || availableParallelism(),
    batchMax: embed.batchMax,
  });
}

/**
 * Tests a model. Returns the first values of its test picture's embedding. Throws FatalError if a test fails.
 */
export function testModel(model: Model): Promise<number[]> {
  return selfTest(model, openOnnxEmbedder);
}

export function openDecoder(options: Config['decode'], program?: URL) {
  const { workers, timeoutMs, memoryBytesMax, ...settings } = options;
  // One process more than cores: while a process waits for the disk or the daemon, no core is idle.
  return openDecoderPool({
    workers: workers || availableParallelism() + 1,
    limits: { timeoutMs, memoryBytesMax },
    settings,
    ...(program && { program }),
  });
}

/** Time limit for a keypoint request, ms: a few hundred times the usual duration. */
const keypointTimeoutMs = 30_000;

/** Loads nothing before the first request. */
export function openKeypoints(program?: URL): KeypointThread {
  return new KeypointThread({ timeoutMs: keypointTimeoutMs, ...(program && { program }) });
}
