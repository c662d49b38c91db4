/** Numbers on the axes of a chart. Pure. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** What is written at a value; the value itself if nothing else is said. */
  readonly label?: (value: number) => string;
}

/** Four to ten round values within a scale. */
export function ticksOf({ low, high }: Scale): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

export function lines(places: readonly (readonly [number, number])[]): string {
  return places.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** A place on an axis, and what stands there. */
export interface Mark {
  readonly x: number;
  readonly label: string;
}

/** Marks that leave less than `apart` for each label become one with the labels of all, so that each can be read. */
export function gathered(marks: readonly Mark[], apart: number): Mark[] {
  const kept: Mark[] = [];
  for (const mark of marks.toSorted((a, b) => a.x - b.x)) {
    const last = kept.at(-1);
    const width = apart * (last?.label.split(' ').length ?? 0);
    if (last === undefined || mark.x - last.x >= width) kept.push(mark);
    else kept[kept.length - 1] = { x: last.x, label: `${last.label} ${mark.label}` };
  }
  return kept;
}

/** An axis of powers of ten, from 10^`power` to 1: values are placed by their logarithm. */
export function powersFrom(power: number): Scale {
  return {
    low: power,
    high: 0,
    label: (value) => (Number.isInteger(value) ? String(Number((10 ** value).toPrecision(3))) : ''),
  };
}

export function logarithm(value: number, { low }: Scale): number {
  return Math.max(low, Math.log10(Math.max(value, Number.MIN_VALUE)));
}
