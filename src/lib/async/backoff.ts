const firstMs = 500;
const lastMs = 60_000;

/** How long to wait before try number `tries` (from 1): doubling from 0.5 s to a minute, half of it by chance. */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  const fullMs = Math.min(lastMs, firstMs * 2 ** (tries - 1));
  return fullMs / 2 + (random() * fullMs) / 2;
}
