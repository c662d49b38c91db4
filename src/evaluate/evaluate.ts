import { Catalogue } from '../assign/catalogue.ts';
import { Grouper, type GrouperOptions } from '../assign/grouper.ts';
import type { Embedding } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import { type Scores, scoreGrouping } from '../domain/scores.ts';
import { mapInOrder } from '../lib/async-iteration.ts';
import { messageOf } from '../lib/errors.ts';
import type { Files } from '../lib/files.ts';
import { seededRandom } from '../lib/random.ts';
import { ExactIndex } from '../vectors/exact-index.ts';
import type { Eyes } from '../workshop.ts';
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

/** Groups the embeddings as the daemon would if they arrived in `order`: the group of each, by its place in the array. */
export function groupInOrder(
  embeddings: readonly Embedding[],
  order: readonly number[],
  options: GrouperOptions,
): number[] {
  const catalogue = new Catalogue();
  const grouper = new Grouper(new ExactIndex(), catalogue, options);
  const labels = new Array<number>(embeddings.length);
  order.forEach((at, turn) => {
    const embedding = embeddings[at] as Embedding;
    const assignment = grouper.decide(embedding);
    const group = assignment.kind === 'joined' ? assignment.group : found(catalogue, turn);
    grouper.remember((turn + 1) as FrameId, embedding, group);
    labels[at] = group;
  });
  return labels;
}

function found(catalogue: Catalogue, turn: number): GroupId {
  const group: Group = { id: (turn + 1) as GroupId, folder: String(turn), frames: 0, foundedMs: 0 };
  catalogue.putGroup(group);
  return group.id;
}

/** Every picture at a random turn. */
export function shuffledOrder(pictures: readonly TruePicture[], seed: number): number[] {
  return seededRandom(seed).shuffled(Array.from(pictures.keys()));
}

/** Groups in a random order, the pictures of each as they were captured. */
export function captureOrder(pictures: readonly TruePicture[], seed: number): number[] {
  const groups = seededRandom(seed).shuffled([...new Set(pictures.map(({ group }) => group))]);
  const turn = new Map(groups.map((group, i) => [group, i]));
  const place = (at: number) => pictures[at] as TruePicture;
  const turnOf = (at: number) => turn.get(place(at).group) as number;
  return Array.from(pictures.keys()).sort(
    (a, b) => turnOf(a) - turnOf(b) || place(a).sequence - place(b).sequence,
  );
}

/** How well each order of arrival rebuilds the true groups. */
export function scoreOrders(
  { pictures, embeddings }: Embedded,
  orders: readonly (readonly number[])[],
  options: GrouperOptions,
): Scores[] {
  const truth = pictures.map(({ group }) => group);
  return orders.map((order) => scoreGrouping(truth, groupInOrder(embeddings, order, options)));
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
