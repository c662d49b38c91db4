import { availableParallelism } from 'node:os';
import { loadConfig } from '../../src/config/load.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { Pixels } from '../../src/domain/pixels.ts';
import type { Decoded, Decoder } from '../../src/vision/decode/decoder.ts';
import type { Embedder } from '../../src/vision/embed/embedder.ts';
import { FeatureExtractor } from '../../src/vision/extractor.ts';
import { modelOf } from '../../src/vision/models/configured-model.ts';
import type { Model } from '../../src/vision/models/descriptor.ts';
import { openDecoder, openEmbedder } from '../../src/vision/open.ts';
import { sha256 } from '../support/folders.ts';

type Seen = { readonly decoded: Decoded; readonly embedding: Embedding } | { readonly error: unknown };

/**
 * The real decoder and the real model, called once per content. Later calls answer from memory at once, so
 * thread timing decides nothing. `coreOf` strips the bytes by which equal pictures differ.
 */
export async function openCachingExtractor(
  contents: readonly Buffer[],
  coreOf: (bytes: Buffer) => Buffer,
): Promise<FeatureExtractor> {
  const { config } = loadConfig({ flags: { 'embed.workers': 1 }, environment: {} });
  const model = modelOf(config);
  const [decoder, embedder] = [await openDecoder(config.decode), await openEmbedder(model, config)];
  const seen = new Map<string, Seen>();
  for (const bytes of contents) seen.set(sha256(bytes), await lookAt(bytes, { decoder, embedder, model }));
  await Promise.all([decoder.close(), embedder.close()]);
  const embeddings = new Map<Pixels, Embedding>();
  return new FeatureExtractor({
    model,
    concurrency: 4 * availableParallelism(),
    decoder: {
      async decode(bytes) {
        const known = seen.get(sha256(coreOf(bytes)));
        if (known === undefined) throw new Error(`content of ${bytes.length} bytes that nobody has made`);
        if ('error' in known) throw known.error;
        embeddings.set(known.decoded.pixels, known.embedding);
        return known.decoded;
      },
    },
    embedder: {
      space: model.space,
      embed: async (pixels) => embeddings.get(pixels) as Embedding,
      close: async () => {},
    },
    close: async () => {},
  });
}

interface Parts {
  readonly decoder: Decoder;
  readonly embedder: Embedder;
  readonly model: Model;
}

async function lookAt(bytes: Buffer, { decoder, embedder, model }: Parts): Promise<Seen> {
  try {
    const decoded = await decoder.decode(bytes, model.descriptor.input);
    return { decoded, embedding: await embedder.embed(decoded.pixels) };
  } catch (error) {
    return { error };
  }
}
