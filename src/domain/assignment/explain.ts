import { type Candidate, type Evidence, similarityTo } from './assign.ts';

/** Explains the evidence in a sentence or two. `nearest` names the most similar group. */
export function explainEvidence(evidence: Evidence, nearest: string): string {
  return reasons[evidence.rule](evidence, nearest);
}

const reasons: Record<Evidence['rule'], (evidence: Evidence, nearest: string) => string> = {
  'similar-enough': ({ nearest, join: needed, probability }, name) =>
    `It resembles ${name} at ${score(nearest)}; from ${requiredSimilarity(nearest, needed)} on a picture joins (${percent(probability)} sure).`,
  'close-in-time': ({ nearest, join: needed, probability }, name) =>
    `It was taken within ${((nearest?.spanMs ?? 0) / 1000).toFixed(1)} s of a picture in ${name}, and resembles it at ${score(nearest)}; so close in time ${requiredSimilarity(nearest, needed)} is enough, instead of ${needed.toFixed(3)} (${percent(probability)} sure).`,
  keypoints: ({ nearest, join: needed }, name) =>
    `It resembles ${name} at ${score(nearest)}, which alone would not tell, since pictures join from ${requiredSimilarity(nearest, needed)} on; but ${mostInliers(nearest)} points of one of its pictures were found again in it, where another viewpoint would show them.`,
  'not-similar-enough': ({ nearest, join: needed, probability }, name) =>
    `It founded its group: the most alike was ${name} at ${score(nearest)}, and joining needs ${requiredSimilarity(nearest, needed)} (${percent(probability)} likely the same scene).`,
  'first-of-all': () => 'It founded its group: no picture was known before it.',
  'same-bytes': (_, name) => `Its bytes are those of a picture in ${name}.`,
  'put-by-hand': () => 'A person put it there, and what a person did is right.',
};

function mostInliers(candidate: Candidate | undefined): number {
  return Math.max(0, ...(candidate?.members.map(({ inliers = 0 }) => inliers) ?? []));
}

function score(candidate: Candidate | undefined): string {
  return candidate === undefined ? '-' : similarityTo(candidate).toFixed(3);
}

/** The required similarity: capture times lower it for groups nearby in time, and raise it for all others. */
function requiredSimilarity(candidate: Candidate | undefined, needed: number): string {
  return (needed - (candidate?.lift ?? 0)).toFixed(3);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
