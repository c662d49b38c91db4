import type { Embedding } from '../domain/embedding.ts';
import { mapInOrder } from '../lib/async-iteration.ts';
import { messageOf } from '../lib/errors.ts';
import type { Files } from '../lib/files.ts';
import type { Eyes } from '../workshop.ts';
import type { TruePicture } from './truth.ts';

export interface Embedded {
  readonly pictures: readonly TruePicture[];
  readonly embeddings: readonly Embedding[];
  readonly unreadable: readonly { readonly path: string; readonly message: string }[];
}

/** Embeds every picture that can be read, in the order given; tells of each that was looked at. */
export async function embedPictures(
  pictures: readonly TruePicture[],
  eyes: Eyes,
  files: Files,
  onLook: () => void = () => {},
): Promise<Embedded> {
  const looked = mapInOrder(asyncly(pictures), (picture) => look(picture, eyes, files), eyes.concurrency);
  const result = {
    pictures: [] as TruePicture[],
    embeddings: [] as Embedding[],
    unreadable: [] as { path: string; message: string }[],
  };
  for await (const one of looked) {
    onLook();
    if (one.embedding === undefined) {
      result.unreadable.push(one);
    } else {
      result.pictures.push(one.picture);
      result.embeddings.push(one.embedding);
    }
  }
  return result;
}

async function look(picture: TruePicture, { decoder, embedder, model }: Eyes, files: Files) {
  try {
    const { bytes } = await files.read(picture.path);
    const { pixels } = await decoder.decode(bytes, model.descriptor.input);
    return { picture, embedding: await embedder.embed(pixels) };
  } catch (error) {
    return { path: picture.path, message: messageOf(error), embedding: undefined };
  }
}

async function* asyncly<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
