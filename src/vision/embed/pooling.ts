import type { Pooling } from './tensor-binding.ts';

/** Reduces a graph's output for `count` pictures to one vector per picture, one after another. */
export function pooled(
  values: Float32Array,
  shape: readonly number[],
  count: number,
  pooling: Pooling,
): Float32Array {
  if (pooling === 'none') return values;
  const [, second = 1, ...rest] = shape;
  const length = rest.reduce((product, size) => product * size, 1);
  if (pooling === 'cls') return firstTokens(values, count, second, length);
  return shape.length === 3
    ? means(values, { count, of: second, apart: length, vector: length, step: 1 })
    : means(values, { count, of: length, apart: 1, vector: second, step: length });
}

/** [n, tokens, length] → the first token of each. */
function firstTokens(values: Float32Array, count: number, tokens: number, length: number): Float32Array {
  const result = new Float32Array(count * length);
  for (let i = 0; i < count; i++)
    result.set(values.subarray(i * tokens * length, (i * tokens + 1) * length), i * length);
  return result;
}

/** Strides of a mean: `of` values at distance `apart`, for each of `vector` results at distance `step`. */
interface Strides {
  readonly count: number;
  readonly of: number;
  readonly apart: number;
  readonly vector: number;
  readonly step: number;
}

function means(values: Float32Array, { count, of, apart, vector, step }: Strides): Float32Array {
  return Float32Array.from({ length: count * vector }, (_, at) => {
    const first = Math.floor(at / vector) * vector * of + (at % vector) * step;
    let sum = 0;
    for (let k = 0; k < of; k++) sum += values[first + k * apart] as number;
    return sum / of;
  });
}
