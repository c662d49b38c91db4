import { loadConfig } from '../../src/config/load.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { Pixels } from '../../src/domain/pixels.ts';
import type { Decoded } from '../../src/vision/decode/decoder.ts';
import { type FeatureExtractor, openExtractor } from '../../src/vision/open.ts';
import { sha256 } from '../support/folders.ts';

type Seen = { readonly decoded: Decoded; readonly embedding: Embedding } | { readonly error: unknown };

/**
 * The real decoder and the real model, called once per content. Later calls answer from memory at once,
 * therefore thread timing decides nothing. `coreOf` strips the bytes that make equal pictures differ.
 */
export async function openCachingExtractor(
  contents: readonly Buffer[],
  coreOf: (bytes: Buffer) => Buffer,
): Promise<FeatureExtractor> {
  const { config } = loadConfig({ flags: { 'embed.workers': 1 }, environment: {} });
  const extractor = await openExtractor(config);
  const seen = new Map<string, Seen>();
  for (const bytes of contents) seen.set(sha256(bytes), await lookAt(bytes, extractor));
  await extractor.close();
  const embeddings = new Map<Pixels, Embedding>();
  return {
    ...extractor,
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
      space: extractor.embedder.space,
      embed: async (pixels) => embeddings.get(pixels) as Embedding,
      close: async () => {},
    },
    close: async () => {},
  };
}

async function lookAt(bytes: Buffer, { decoder, embedder, model }: FeatureExtractor): Promise<Seen> {
  try {
    const decoded = await decoder.decode(bytes, model.descriptor.input);
    return { decoded, embedding: await embedder.embed(decoded.pixels) };
  } catch (error) {
    return { error };
  }
}
