import { assert } from '../../lib/assert.ts';
import { agreementModule } from './cells-wasm.ts';

/**
 * What is seen where in a picture: a local descriptor for each place of a coarse grid, row by row. Each is the direction of
 * a vector, in `cellValues` whole numbers from -7 to 7: 4 bits each lose nothing that can be measured.
 */
export type Cells = Int8Array;

/** Values of one cell. */
export const cellValues = 64;

/** Cells of one picture: so many fit where the kernel keeps them. */
export const cellsMax = 64;

const valueMax = 7;

/** Length of a cell: values of a unit vector of so many are rarely larger than 2.5 times the usual 1/8. */
const unit = valueMax / (2.5 / Math.sqrt(cellValues));

/** Bytes between the two pictures' cells in the kernel's memory; see cells.wat. */
const placeOfOthers = 8_192;

const kernel = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(agreementModule, 'base64')));
const { memory, agreement: agreementOf } = kernel.exports as {
  memory: WebAssembly.Memory;
  agreement: (ones: number, others: number) => number;
};
const places = new Int8Array(memory.buffer);

/**
 * How far two pictures show the same things, wherever in the picture they are: the cosine of those cells that are each
 * other's most similar, summed over the cells of the first, as a share of their number. About 1 for the same picture, 0
 * where nothing agrees. That two cells choose each other says much more than that they are alike (best-buddies similarity; Dekel,
 * Oron, Rubinstein, Avidan, Freeman 2015).
 */
export function agreement(ones: Cells, others: Cells): number {
  assert(ones.length === others.length, `pictures of ${ones.length} and ${others.length} values in cells`);
  places.set(ones, 0);
  places.set(others, placeOfOthers);
  const count = ones.length / cellValues;
  return agreementOf(count, count) / (unit * unit * count);
}

/** Cells from vectors of any length, one after another. */
export function cellsFrom(values: Float32Array): Cells {
  const cells = new Int8Array(values.length);
  for (let at = 0; at < values.length; at += cellValues) {
    let square = 0;
    for (let i = at; i < at + cellValues; i++) square += (values[i] as number) ** 2;
    const scale = unit / Math.sqrt(square || 1);
    for (let i = at; i < at + cellValues; i++)
      cells[i] = Math.max(-valueMax, Math.min(valueMax, Math.round((values[i] as number) * scale)));
  }
  return cells;
}

/** Two values in each byte. */
export function packCells(cells: Cells): Uint8Array {
  const bytes = new Uint8Array(cells.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (((cells[2 * i] as number) + 8) << 4) | ((cells[2 * i + 1] as number) + 8);
  return bytes;
}

export function unpackCells(bytes: Uint8Array): Cells {
  const cells = new Int8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    cells[2 * i] = (byte >> 4) - 8;
    cells[2 * i + 1] = (byte & 15) - 8;
  }
  return cells;
}
