import type { FrameId } from '../frame.ts';
import type { SuggestedChangeEvidence } from './suggested-change.ts';

/**
 * The stored evidence for a change of groups, as names and numbers. `a` and `b` are the two most similar
 * frames.
 */
export type ChangeEvidence = Readonly<Record<string, string | number>>;

export function evidenceOf({ join, target, own, inliers }: SuggestedChangeEvidence): ChangeEvidence {
  return {
    join,
    ...(target && {
      score: target.score,
      best: target.best,
      a: target.pair[0],
      b: target.pair[1],
      mean: target.mean,
      crowding: target.crowding,
      lift: target.lift,
    }),
    ...(own && { own: own.score }),
    ...(inliers !== undefined && { inliers }),
  };
}

/** Returns the frames that `explainChange` names. */
export function framesIn(evidence: ChangeEvidence): FrameId[] {
  const { a, b } = numbersIn(evidence);
  return [a, b].flatMap((frame) => (frame === undefined ? [] : (frame as FrameId)));
}

/**
 * Explains the evidence in a sentence or two. `nameOf` returns the name of a picture. Returns an empty string
 * if there is no evidence.
 */
export function explainChange(evidence: ChangeEvidence, nameOf: (frame: FrameId) => string): string {
  const { score, own, join, inliers } = numbersIn(evidence);
  if (join === undefined) return '';
  const alike =
    score === undefined ? 'It is not similar to any other group' : `Their similarity is ${three(score)}`;
  const left = own === undefined ? '' : `, and its similarity to its old group ${three(own)}`;
  const clear =
    inliers === undefined
      ? 'and change groups if the evidence is clear'
      : `so similarity alone leaves a doubt; but the two most similar pictures share ${inliers} keypoints, consistent with another viewpoint`;
  const asked = `Pictures join from ${three(join)} on, ${clear}.`;
  const parts = score === undefined ? '' : ` ${explainScore(evidence, nameOf)}`;
  return `${alike}${left}. ${asked}${parts}`;
}

/** Explains the parts of the score. */
function explainScore(evidence: ChangeEvidence, nameOf: (frame: FrameId) => string): string {
  const { best = 0, a = 0, b = 0, mean = 0, crowding = 0, lift = 0 } = numbersIn(evidence);
  const pair = `${nameOf(a as FrameId)} and ${nameOf(b as FrameId)}`;
  const main = `The most similar pictures are ${pair} at ${three(best)}; the mean of all compared pairs is ${three(mean)}; the score is two thirds of the first and a third of the second`;
  const crowded = `${signed(-crowding)} because ${crowding > 0 ? 'many' : 'few'} other pictures look like them`;
  const timed = lift === 0 ? '' : `, ${signed(lift)} for their capture times`;
  return `${main}, ${crowded}${timed}.`;
}

function numbersIn(evidence: ChangeEvidence): Readonly<Record<string, number | undefined>> {
  const numbers = Object.entries(evidence).filter(([, value]) => typeof value === 'number');
  return Object.fromEntries(numbers) as Record<string, number>;
}

function three(value: number): string {
  return value.toFixed(3);
}

function signed(value: number): string {
  return `${value < 0 ? 'less' : 'plus'} ${three(Math.abs(value))}`;
}
