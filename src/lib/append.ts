/** `to.push(...more)`, for as many as there are: one call takes some 120,000 arguments at the most. */
export function append<T>(to: T[], more: Iterable<T>): void {
  for (const one of more) to.push(one);
}
