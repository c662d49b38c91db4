/** Formats numbers and times. Pure. */

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** Formats a time span without repeating common parts. */
export function between(firstMs: number, lastMs: number): string {
  const [first, last] = [moment(firstMs), moment(lastMs)];
  if (first === last) return first;
  return first.slice(0, 10) === last.slice(0, 10) ? `${first} – ${last.slice(11)}` : `${first} – ${last}`;
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

export function figure(value: number | undefined, digits = 3): string {
  return value === undefined ? '–' : value.toFixed(digits);
}
