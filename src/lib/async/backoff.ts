const firstMs = 500;
const lastMs = 60_000;

/**
 * Returns the delay before attempt number `tries` (from 1), ms: doubles from 0.5 s to a minute, half of it
 * random.
 */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  const fullMs = Math.min(lastMs, firstMs * 2 ** (tries - 1));
  return fullMs / 2 + (random() * fullMs) / 2;
}
