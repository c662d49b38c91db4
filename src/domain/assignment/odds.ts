/** Log-odds in nats, and the conversion of similarities to log-odds. */

export function logit(share: number): number {
  return Math.log(share / (1 - share));
}

export function share(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/**
 * The likelihood ratio of a similarity: two pictures of one scene against two random pictures. Its logarithm
 * is `slope` · (similarity − `centre`).
 */
export interface PairOdds {
  readonly slope: number;
  readonly centre: number;
}

export function logRatio({ slope, centre }: PairOdds, similarity: number): number {
  return slope * (similarity - centre);
}
