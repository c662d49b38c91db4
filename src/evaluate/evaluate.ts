import type { GrouperOptions } from '../assign/grouper.ts';
import type { Embedding } from '../domain/embedding.ts';
import { type Scores, scoreGrouping } from '../domain/scores.ts';
import { mapInOrder } from '../lib/async-iteration.ts';
import { messageOf } from '../lib/errors.ts';
import type { Files } from '../lib/files.ts';
import type { Eyes } from '../workshop.ts';
import { type PlanName, plans } from './arrivals.ts';
import { groupInOrder } from './group-in-order.ts';
import type { TruePicture } from './truth.ts';

export interface Embedded {
  readonly pictures: readonly TruePicture[];
  readonly embeddings: readonly Embedding[];
  readonly unreadable: readonly { readonly path: string; readonly message: string }[];
}

/** Embeds every picture that can be read, in the order given. */
export async function embedPictures(
  pictures: readonly TruePicture[],
  eyes: Eyes,
  files: Files,
): Promise<Embedded> {
  const looked = mapInOrder(asyncly(pictures), (picture) => look(picture, eyes, files), eyes.concurrency);
  const result = {
    pictures: [] as TruePicture[],
    embeddings: [] as Embedding[],
    unreadable: [] as { path: string; message: string }[],
  };
  for await (const one of looked) {
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

/** How well the truth is rebuilt when the pictures come as `plan` says, once for each seed. */
export function scorePlan(
  { pictures, embeddings }: Embedded,
  plan: PlanName,
  seeds: readonly number[],
  options: GrouperOptions,
): Scores[] {
  const truth = pictures.map(({ group }) => group);
  return seeds.map((seed) =>
    scoreGrouping(truth, groupInOrder(plans[plan](pictures, seed), embeddings, options)),
  );
}

/** Mean of each figure. */
export function meanScores(scores: readonly Scores[]) {
  const mean = (figure: (one: Scores) => number) =>
    scores.reduce((sum, one) => sum + figure(one), 0) / scores.length;
  return {
    precision: mean(({ bcubed }) => bcubed.precision),
    recall: mean(({ bcubed }) => bcubed.recall),
    f1: mean(({ bcubed }) => bcubed.f1),
    f1Lowest: Math.min(...scores.map(({ bcubed }) => bcubed.f1)),
    f1Highest: Math.max(...scores.map(({ bcubed }) => bcubed.f1)),
    pairwiseF1: mean(({ pairwise }) => pairwise.f1),
    vMeasure: mean(({ vMeasure }) => vMeasure.v),
    adjustedRand: mean(({ adjustedRand }) => adjustedRand),
    fixes: mean(({ movesToFix }) => movesToFix.total),
    groups: mean(({ groups }) => groups.predicted),
  };
}

async function* asyncly<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
