import type { Embedding } from '../embedding.ts';
import { cellValues, packCells, unpackCells } from './cells.ts';
import { fromHalf, toHalf } from './float16.ts';

/**
 * Serialises an embedding: the vector in half precision, little-endian. If there are cells, 4 bits for each
 * of their values and a byte with their number follow, and the length is odd.
 */
export function packEmbedding(embedding: Embedding): Buffer {
  const vector = bytesOf(toHalf(embedding));
  const { cells } = embedding;
  if (cells === undefined) return vector;
  return Buffer.concat([vector, packCells(cells), Buffer.of(cells.length / cellValues)]);
}

/** Returns the embedding, or undefined if the bytes are malformed. */
export function unpackEmbedding(bytes: Uint8Array): Embedding | undefined {
  const count = bytes.length % 2 === 1 ? (bytes.at(-1) as number) : 0;
  const vectorBytes = bytes.length % 2 === 1 ? bytes.length - 1 - (count * cellValues) / 2 : bytes.length;
  if (vectorBytes <= 0) return undefined;
  const values = new Uint8Array(bytes); // an aligned copy with a buffer of its own
  const vector = fromHalf(new Uint16Array(values.buffer, 0, vectorBytes / 2)) as Embedding;
  if (count === 0) return vector;
  return Object.assign(vector, { cells: unpackCells(values.subarray(vectorBytes, -1)) });
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
