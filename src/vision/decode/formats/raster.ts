/** Pixels from decoders other than libvips: 8 bits per channel, rows from the top, no padding. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** R G B, or R G B and a non-premultiplied alpha. */
  readonly channels: 3 | 4;
  /** The colour profile; sRGB if undefined. */
  readonly profile?: Uint8Array | undefined;
}

type Field = readonly [tag: number, type: number, count: number, value: number];

const [short, long, opaque] = [3, 4, 7];
const headerBytes = 8;

/** Encodes the picture as an uncompressed TIFF: libvips takes pixels with their colour profile this way. */
export function tiffOf(raster: Raster): Buffer {
  const { data, channels, profile = new Uint8Array(0) } = raster;
  const bits = Buffer.from(new Uint16Array(channels).fill(8).buffer);
  const bitsAt = even(headerBytes + data.length);
  const profileAt = bitsAt + bits.length;
  const directoryAt = even(profileAt + profile.length);
  const directory = directoryOf(fieldsOf(raster, bitsAt, profileAt));
  const file = Buffer.allocUnsafe(directoryAt + directory.length);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(directoryAt, 4);
  file.set(data, headerBytes);
  file.set(bits, bitsAt);
  file.set(profile, profileAt);
  file.set(directory, directoryAt);
  return file;
}

function fieldsOf({ data, width, height, channels, profile }: Raster, bitsAt: number, profileAt: number) {
  const fields: Field[] = [
    [256, long, 1, width],
    [257, long, 1, height],
    [258, short, channels, bitsAt],
    [259, short, 1, 1], // not compressed
    [262, short, 1, 2], // RGB
    [273, long, 1, headerBytes],
    [277, short, 1, channels],
    [278, long, 1, height],
    [279, long, 1, data.length],
  ];
  if (channels === 4) fields.push([338, short, 1, 2]); // alpha, not premultiplied
  if (profile !== undefined) fields.push([34675, opaque, profile.length, profileAt]);
  return fields;
}

function directoryOf(fields: readonly Field[]): Buffer {
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  directory.writeUInt16LE(fields.length, 0);
  for (const [i, [tag, type, count, value]] of fields.entries()) {
    const at = 2 + i * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  }
  return directory;
}

function even(at: number): number {
  return at + (at % 2);
}
