import type { Embedding } from '../domain/embedding.ts';
import { mapInOrder } from '../lib/async/batches.ts';
import { messageOf } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { FeatureExtractor } from '../vision/extractor.ts';
import type { TruePicture } from './ground-truth.ts';

export interface Unread {
  readonly path: string;
  readonly message: string;
}

export interface EmbeddedPictures {
  readonly pictures: readonly TruePicture[];
  readonly embeddings: readonly Embedding[];
  readonly unreadable: readonly Unread[];
}

/** Embeds all readable pictures in the given order. Calls `onPicture` after each picture. */
export async function embedPictures(
  pictures: readonly TruePicture[],
  extractor: FeatureExtractor,
  files: FileSystem,
  onPicture: () => void = () => {},
): Promise<EmbeddedPictures> {
  const embedded = mapInOrder(
    asyncFrom(pictures),
    (picture) => embedPicture(picture, extractor, files),
    extractor.concurrency,
  );
  const result = {
    pictures: [] as TruePicture[],
    embeddings: [] as Embedding[],
    unreadable: [] as Unread[],
  };
  for await (const one of embedded) {
    onPicture();
    if (one.embedding === undefined) {
      result.unreadable.push(one);
    } else {
      result.pictures.push(one.picture);
      result.embeddings.push(one.embedding);
    }
  }
  return result;
}

/**
 * Restricts each result to the pictures readable by all. `leftOut` lists the other pictures with an error.
 */
export function readByAll(embedded: readonly EmbeddedPictures[]): {
  equal: EmbeddedPictures[];
  leftOut: Unread[];
} {
  const leftOut = new Map(embedded.flatMap(({ unreadable }) => unreadable.map((one) => [one.path, one])));
  const equal = embedded.map(({ pictures, embeddings, unreadable }) => {
    const kept = pictures.flatMap(({ path }, at) => (leftOut.has(path) ? [] : [at]));
    const only = <T>(values: readonly T[]) => kept.map((at) => values[at] as T);
    return { pictures: only(pictures), embeddings: only(embeddings), unreadable };
  });
  return { equal, leftOut: Array.from(leftOut.values()) };
}

async function embedPicture(picture: TruePicture, extractor: FeatureExtractor, files: FileSystem) {
  try {
    const { bytes } = await files.read(picture.path);
    return { picture, embedding: await extractor.embed(bytes) };
  } catch (error) {
    return { path: picture.path, message: messageOf(error), embedding: undefined };
  }
}

async function* asyncFrom<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
