import { FrameError } from '../../../domain/frame-error.ts';
import { checkSize } from '../pixel-limit.ts';

/** Header of a BMP file. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** True if the first row is the top row. */
  readonly topDown: boolean;
  readonly bits: number;
  readonly packing: 'none' | 'rle8' | 'rle4';
  /** Bit masks of red, green, blue and alpha; undefined for palette pictures. */
  readonly masks: readonly [number, number, number, number] | undefined;
  /** Entries of B G R, or of B G R and a padding byte. */
  readonly palette: { readonly entries: Buffer; readonly entryBytes: 3 | 4 };
  readonly pixelsAt: number;
}

const fileHeaderBytes = 14;
const masksAt = 54; // within the longer headers, or right behind the 40-byte header
const lengths = new Set([12, 40, 52, 56, 64, 108, 124]);

const compression = { none: 0, rle8: 1, rle4: 2, masks: 3, alphaMasks: 6 } as const;

/** Throws FrameError if the file is unsupported, damaged, truncated or larger than `pixelsMax`. */
export function bmpHeader(bytes: Buffer, pixelsMax: number): BmpHeader {
  const length = bytes.length < 18 ? 0 : bytes.readUInt32LE(fileHeaderBytes);
  if (!lengths.has(length)) throw unsupported(`a header of ${length} bytes`);
  if (bytes.length < fileHeaderBytes + length)
    throw new FrameError('truncated', 'the BMP ends within its header');
  const shape = length === 12 ? shortShape(bytes) : longShape(bytes);
  checkSize(shape, pixelsMax);
  const method = length === 12 ? compression.none : bytes.readUInt32LE(30);
  const packing = packingOf(method, shape.bits, length);
  if (packing !== 'none' && shape.topDown)
    throw new FrameError('damaged', 'a run-length coded BMP cannot start at its top row');
  const masks = shape.bits > 8 ? masksOf(bytes, method, shape.bits, length) : undefined;
  const hasMasksBehind = length === 40 && masks !== undefined && method !== compression.none;
  const behind = hasMasksBehind ? (method === compression.alphaMasks ? 16 : 12) : 0;
  const pixelsAt = bytes.readUInt32LE(10);
  const palette = paletteOf(bytes, fileHeaderBytes + length + behind, pixelsAt, shape.bits, length);
  return { ...shape, packing, masks, palette, pixelsAt };
}

function shortShape(bytes: Buffer) {
  const [width, height] = [bytes.readUInt16LE(18), bytes.readUInt16LE(20)];
  return { width, height, topDown: false, bits: bytes.readUInt16LE(24) };
}

function longShape(bytes: Buffer) {
  const [width, height] = [bytes.readInt32LE(18), bytes.readInt32LE(22)];
  return { width, height: Math.abs(height), topDown: height < 0, bits: bytes.readUInt16LE(28) };
}

function packingOf(method: number, bits: number, length: number): BmpHeader['packing'] {
  if (method === compression.rle8 && bits === 8) return 'rle8';
  if (method === compression.rle4 && bits === 4) return 'rle4';
  const hasMasks = method === compression.masks || method === compression.alphaMasks;
  const isPlain = method === compression.none && [1, 4, 8, 16, 24, 32].includes(bits);
  // The 64-byte header is OS/2's, where method 3 has a different meaning.
  if (isPlain || (hasMasks && length !== 64 && (bits === 16 || bits === 32))) return 'none';
  throw unsupported(`compression ${method} of ${bits} bits a pixel`);
}

function masksOf(bytes: Buffer, method: number, bits: number, length: number): BmpHeader['masks'] {
  if (method === compression.none)
    return bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0x00ff00, 0x0000ff, 0];
  const hasAlpha = length >= 56 || method === compression.alphaMasks;
  if (bytes.length < masksAt + (hasAlpha ? 16 : 12))
    throw new FrameError('truncated', 'the BMP ends within its header');
  const mask = (i: number) => bytes.readUInt32LE(masksAt + 4 * i);
  return [mask(0), mask(1), mask(2), hasAlpha ? mask(3) : 0];
}

function paletteOf(bytes: Buffer, from: number, pixelsAt: number, bits: number, length: number) {
  const entryBytes: 3 | 4 = length === 12 ? 3 : 4;
  if (bits > 8) return { entries: Buffer.alloc(0), entryBytes };
  const declared = length === 12 ? 0 : bytes.readUInt32LE(46);
  const count = Math.min(declared === 0 ? 256 : declared, 2 ** bits);
  const end = Math.min(from + count * entryBytes, pixelsAt);
  if (bytes.length < end) throw new FrameError('truncated', 'the BMP ends within its palette');
  return { entries: bytes.subarray(from, end), entryBytes };
}

function unsupported(what: string): FrameError {
  return new FrameError('unsupported-format', `it is a BMP with ${what}, which no decoder supports`);
}
