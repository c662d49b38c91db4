/** Parts of a BMP file. Header fields can be set freely: tests can lie. */
export interface BmpParts {
  readonly width: number;
  /** Negative: the first row is the top row. */
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** 0xRRGGBB each. */
  readonly palette?: readonly number[];
  /** Red, green, blue, and optionally alpha. */
  readonly masks?: readonly number[];
  readonly headerBytes?: number;
  /** All rows in file order. */
  readonly data: Buffer;
}

export function bmpOf(parts: BmpParts): Buffer {
  const { width, height, bits, compression = 0, palette = [], masks = [], headerBytes = 40, data } = parts;
  const behind = headerBytes === 40 ? masks.length * 4 : 0;
  const entryBytes = headerBytes === 12 ? 3 : 4;
  const pixelsAt = 14 + headerBytes + behind + palette.length * entryBytes;
  const start = Buffer.alloc(pixelsAt);
  start.write('BM');
  start.writeUInt32LE(pixelsAt + data.length, 2);
  start.writeUInt32LE(pixelsAt, 10);
  start.writeUInt32LE(headerBytes, 14);
  if (headerBytes === 12) {
    for (const [i, value] of [width, height, 1, bits].entries()) start.writeUInt16LE(value, 18 + 2 * i);
  } else {
    start.writeInt32LE(width, 18);
    start.writeInt32LE(height, 22);
    start.writeUInt16LE(1, 26);
    start.writeUInt16LE(bits, 28);
    start.writeUInt32LE(compression, 30);
    start.writeUInt32LE(palette.length, 46);
  }
  for (const [i, mask] of masks.entries()) start.writeUInt32LE(mask >>> 0, 54 + 4 * i);
  for (const [i, colour] of palette.entries())
    start.writeUIntLE(colour, 14 + headerBytes + behind + i * entryBytes, 3);
  return Buffer.concat([start, data]);
}

/** Rows of pixels, each padded to 32 bits; `value` returns the value of a pixel. */
export function rowsOf(
  size: { readonly width: number; readonly height: number },
  bits: number,
  value: (x: number, y: number) => number,
): Buffer {
  const stride = Math.ceil((size.width * bits) / 32) * 4;
  const rows = Buffer.alloc(stride * size.height);
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const at = y * stride + Math.floor((x * bits) / 8);
      if (bits >= 8) rows.writeUIntLE(value(x, y), at, bits / 8);
      else rows[at] = (rows[at] as number) | (value(x, y) << (8 - bits - ((x * bits) % 8)));
    }
  return rows;
}
