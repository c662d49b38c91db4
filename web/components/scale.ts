/** Numbers on the axes of a chart. Pure. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Formats a value; defaults to the value itself. */
  readonly label?: (value: number) => string;
}

/** Returns four to ten round values within a scale. */
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

/** A position on an axis, with its label. */
export interface Mark {
  readonly x: number;
  readonly label: string;
}

/** Merges marks closer than `apart` per label, and joins their labels, to keep all labels readable. */
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

/** A logarithmic axis from 10^`power` to 1. */
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
