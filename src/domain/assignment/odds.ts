/** Log-odds in nats, and what a similarity is worth in them. */

export function logit(share: number): number {
  return Math.log(share / (1 - share));
}

export function share(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/**
 * How much more often two pictures of one scene have a similarity than two pictures drawn at random: the logarithm of
 * that ratio is `slope` · (similarity − `centre`).
 */
export interface PairOdds {
  readonly slope: number;
  readonly centre: number;
}

export function logRatio({ slope, centre }: PairOdds, similarity: number): number {
  return slope * (similarity - centre);
}
