import { type Candidate, type Evidence, similarityTo } from './assign.ts';

/** Explains the evidence in a sentence or two. `nearest` names the most similar group. */
export function explainEvidence(evidence: Evidence, nearest: string): string {
  return reasons[evidence.rule](evidence, nearest);
}

const reasons: Record<Evidence['rule'], (evidence: Evidence, nearest: string) => string> = {
  'similar-enough': ({ nearest, join: needed, probability }, name) =>
    `Its similarity to ${name} is ${score(nearest)}; a picture joins from ${requiredSimilarity(nearest, needed)} on (${percent(probability)} certain).`,
  'close-in-time': ({ nearest, join: needed, probability }, name) =>
    `It was taken within ${((nearest?.spanMs ?? 0) / 1000).toFixed(1)} s of a picture in ${name}, with similarity ${score(nearest)}; this close in time, ${requiredSimilarity(nearest, needed)} is enough instead of ${needed.toFixed(3)} (${percent(probability)} certain).`,
  keypoints: ({ nearest, join: needed }, name) =>
    `Its similarity to ${name} is ${score(nearest)}. This alone is not enough, because pictures join from ${requiredSimilarity(nearest, needed)} on. But ${mostInliers(nearest)} keypoints of a picture in the group were found again in it, consistent with another viewpoint.`,
  'not-similar-enough': ({ nearest, join: needed, probability }, name) =>
    `It founded its group: the most similar group was ${name} at ${score(nearest)}, and joining needs ${requiredSimilarity(nearest, needed)} (same scene with ${percent(probability)} probability).`,
  'first-of-all': () => 'It founded its group: it was the first picture.',
  'same-bytes': (_, name) => `Its bytes equal those of a picture in ${name}.`,
  'put-by-hand': () => 'You put it there, and your decision stands.',
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
