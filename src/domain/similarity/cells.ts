import { assert } from '../../lib/assert.ts';
import { agreementModule } from './cells-wasm.ts';

/**
 * Local descriptors of a coarse grid over a picture, row by row. Each descriptor is the direction of a
 * vector: `cellValues` integers from -7 to 7. 4 bits per value lose nothing measurable.
 */
export type Cells = Int8Array;

/** Values per cell. */
export const cellValues = 64;

/** Largest number of cells per picture, limited by the kernel's memory. */
export const cellsMax = 64;

const valueMax = 7;

/** Length of a cell. Values of a unit vector of this size rarely exceed 2.5 times the usual 1/8. */
const unit = valueMax / (2.5 / Math.sqrt(cellValues));

/** Offset of the second picture's cells in the kernel's memory; see cells.wat. */
const secondOffset = 8_192;

const kernel = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(agreementModule, 'base64')));
const { memory, agreement: agreementOf } = kernel.exports as {
  memory: WebAssembly.Memory;
  agreement: (ones: number, others: number) => number;
};
const memoryBytes = new Int8Array(memory.buffer);

/**
 * Returns how far two pictures show the same things, wherever in the picture: the cosines of mutually most
 * similar cells, summed, divided by the number of cells. About 1 for the same picture, 0 without agreement.
 * Mutual choice says much more than similarity alone (best-buddies similarity; Dekel, Oron, Rubinstein,
 * Avidan, Freeman 2015).
 */
export function agreement(ones: Cells, others: Cells): number {
  assert(
    ones.length === others.length,
    `cells of ${ones.length} and ${others.length} values cannot be compared`,
  );
  memoryBytes.set(ones, 0);
  memoryBytes.set(others, secondOffset);
  const count = ones.length / cellValues;
  return agreementOf(count, count) / (unit * unit * count);
}

/** Quantises vectors of any length to cells, one after another. */
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

/** Packs two values into each byte. */
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
