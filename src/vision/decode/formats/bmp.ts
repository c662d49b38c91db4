import { FrameError } from '../../../domain/frame-error.ts';
import { type BmpHeader, bmpHeader } from './bmp-header.ts';
import { unpackRle } from './bmp-rle.ts';
import type { Raster } from './raster.ts';

/**
 * Decodes BMP files with 1 to 32 bits per pixel, with or without palette, bit fields or run lengths. Throws
 * FrameError if the file is unsupported, damaged, truncated or larger than `pixelsMax`.
 */
export function decodeBmp(bytes: Buffer, pixelsMax: number): Raster {
  const header = bmpHeader(bytes, pixelsMax);
  const { masks } = header;
  if (masks === undefined) return paletteRaster(bytes, header);
  return header.bits === 24 ? trueColours(bytes, header) : fieldRaster(bytes, header, masks);
}

function paletteRaster(bytes: Buffer, header: BmpHeader): Raster {
  const { width, height, packing, pixelsAt } = header;
  const colours = coloursOf(header.palette);
  const indices =
    packing === 'none'
      ? plainIndices(bytes, header)
      : unpackRle(bytes.subarray(pixelsAt), header, packing === 'rle8' ? 8 : 4);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    let to = rowFromTop(y, header) * width * 3;
    for (let from = y * width; from < (y + 1) * width; from++) {
      const colour = colours[indices[from] as number] as number;
      data[to++] = colour >> 16;
      data[to++] = (colour >> 8) & 255;
      data[to++] = colour & 255;
    }
  }
  return { data, width, height, channels: 3 };
}

/** 0xRRGGBB for each index; black for indices beyond the palette. */
function coloursOf({ entries, entryBytes }: BmpHeader['palette']): Uint32Array {
  const colours = new Uint32Array(256);
  for (let i = 0; (i + 1) * entryBytes <= entries.length; i++)
    colours[i] = entries.readUIntLE(i * entryBytes, 3);
  return colours;
}

function plainIndices(bytes: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bits } = header;
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let y = 0; y < height; y++) {
    const row = rowOf(bytes, header, y);
    for (let x = 0; x < width; x++) {
      const shift = 8 - bits - (x % perByte) * bits;
      indices[y * width + x] = ((row[Math.floor(x / perByte)] as number) >> shift) & mask;
    }
  }
  return indices;
}

function trueColours(bytes: Buffer, header: BmpHeader): Raster {
  const { width, height } = header;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = rowOf(bytes, header, y);
    let to = rowFromTop(y, header) * width * 3;
    for (let from = 0; from < row.length; from += 3) {
      data[to++] = row[from + 2] as number;
      data[to++] = row[from + 1] as number;
      data[to++] = row[from] as number;
    }
  }
  return { data, width, height, channels: 3 };
}

function fieldRaster(bytes: Buffer, header: BmpHeader, masks: NonNullable<BmpHeader['masks']>): Raster {
  const { width, height, bits } = header;
  const channels = masks[3] === 0 ? 3 : 4;
  const fields = masks.slice(0, channels).map(fieldOf);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const row = rowOf(bytes, header, y);
    let to = rowFromTop(y, header) * width * channels;
    for (let x = 0; x < width; x++) {
      const pixel = bits === 16 ? row.readUInt16LE(2 * x) : row.readUInt32LE(4 * x);
      for (const { shift, most } of fields)
        data[to++] = Math.round((((pixel >>> shift) & most) * 255) / most);
    }
  }
  if (channels === 4 && isClear(data)) for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { data, width, height, channels };
}

/** Returns the lowest bit of a mask and the largest value of its field, at most 31 bits. */
function fieldOf(mask: number): { readonly shift: number; readonly most: number } {
  if (mask === 0) return { shift: 0, most: 0 };
  const shift = 31 - Math.clz32(mask & -mask);
  return { shift, most: (mask >>> shift) & 0x7fffffff };
}

/** Programs without alpha support leave alpha at 0 everywhere. */
function isClear(data: Uint8Array): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) return false;
  return true;
}

/** Returns the bytes of the `y`-th row in the file, without the padding to 32 bits. */
function rowOf(bytes: Buffer, { width, bits, pixelsAt }: BmpHeader, y: number): Buffer {
  const from = pixelsAt + y * Math.ceil((width * bits) / 32) * 4;
  const end = from + Math.ceil((width * bits) / 8);
  if (end > bytes.length) throw new FrameError('truncated', 'the BMP ends before its last row');
  return bytes.subarray(from, end);
}

function rowFromTop(y: number, { height, topDown }: BmpHeader): number {
  return topDown ? y : height - 1 - y;
}
