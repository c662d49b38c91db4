/** Returns a number with its noun: `1 group`, `2 groups`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
