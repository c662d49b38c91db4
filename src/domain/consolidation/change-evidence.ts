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

/**
 * Explains the evidence in a sentence or two. `nameOf` returns the name of a picture. Returns an empty string
 * if there is no evidence.
 */
export function explainChange(evidence: ChangeEvidence, nameOf: (frame: FrameId) => string): string {
  const { score, own, join, inliers } = numbersIn(evidence);
  if (join === undefined) return '';
  const alike = score === undefined ? 'It is like no other group' : `They are alike at ${three(score)}`;
  const left = own === undefined ? '' : `, and it is like the group that it was in at ${three(own)}`;
  const clear =
    inliers === undefined
      ? 'and change groups where it is clear'
      : `which alone leaves a doubt; but ${inliers} points of one of the two most alike were found again in the other, where another viewpoint would show them`;
  const asked = `Pictures join from ${three(join)} on, ${clear}.`;
  const parts = score === undefined ? '' : ` ${explainScore(evidence, nameOf)}`;
  return `${alike}${left}. ${asked}${parts}`;
}

/** Explains the parts of the score. */
function explainScore(evidence: ChangeEvidence, nameOf: (frame: FrameId) => string): string {
  const { best = 0, a = 0, b = 0, mean = 0, crowding = 0, lift = 0 } = numbersIn(evidence);
  const pair = `${nameOf(a as FrameId)} and ${nameOf(b as FrameId)}`;
  const main = `Most alike are ${pair} at ${three(best)}; all that were compared, on average, ${three(mean)}; two thirds of the one, a third of the other`;
  const crowded = `${signed(-crowding)} because ${crowding > 0 ? 'much' : 'little'} else here looks like them`;
  const timed = lift === 0 ? '' : `, ${signed(lift)} for when they were taken`;
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
