/** Like `to.push(...more)` for any number of items: a call takes about 120,000 arguments at most. */
export function append<T>(to: T[], more: Iterable<T>): void {
  for (const one of more) to.push(one);
}
