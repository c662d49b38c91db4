import type { Pixels } from '../../domain/pixels.ts';
import type { ModelDescriptor } from '../models/descriptor.ts';

type Input = ModelDescriptor['input'];

/** Writes one picture into its slot of the batch, in the model's layout and type. */
export function fill(into: Uint8Array | Float32Array, { data, width, height }: Pixels, input: Input): void {
  const area = width * height;
  const place =
    input.layout === 'NHWC' ? (i: number) => i : (i: number) => (i % 3) * area + Math.floor(i / 3);
  if (input.type === 'uint8' && input.layout === 'NHWC') return into.set(data);
  const tables = input.type === 'uint8' ? undefined : normalisation(input);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    into[place(i)] = tables === undefined ? value : (tables[i % 3]?.[value] as number);
  }
}

/** Lookup tables: the normalised value of each of 256 levels, for each channel. */
function normalisation({ mean = [0, 0, 0], std = [1, 1, 1] }: Input): Float32Array[] {
  return mean.map((m, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - m) / (std[channel] as number)),
  );
}
