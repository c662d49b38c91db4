/** HEIC files around a small picture; sharp writes none. */

/**
 * 64 x 64 pixels, encoded by x265 (4:2:0, full range, BT.601): the flag of `decoding.ts` in softer colours,
 * 200, 80 and 80. Parameter sets first, the picture last.
 */
const coded = [
  'QAEMAf//BAgAAAMAn6gAAAMAAB66AkA=',
  'QgEBBAgAAAMAn6gAAAMAAB6gIIEFlupJMrm4EBAwIAAAAwAgAAADAyE=',
  'RAHBcrAiQA==',
  'KAGvBXg0thrJ4dIKprtNyyyLSYA9v/VLJCp95Zlo7sbifoDV+QfkT/7xzd8y0C4Vv5XxS87XrGercs/9GVzZuNVrjIohH/zV2aeyXS+E' +
    '+1xvI7k/vUdXj5ssqaD5w/8C1ARnvR7Zjk1JUGWG4bNcK7AY9gBPdc+nqLQhR/a3ORkb3Xf+76HhjNn4Rs4BJ875jxb2sgW83bS682SF' +
    'j6y7yuXf7QrUPwu/wA==',
].map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer, Buffer, Buffer];

export interface HeicParts {
  /** Counterclockwise quarter turns requested by the file. */
  readonly turns?: number;
  /** Number of copies of the picture as tiles, side by side; 0 for the picture itself. */
  readonly tiles?: number;
  /** An ICC profile. */
  readonly profile?: Buffer;
  /** An EXIF block, without "Exif" before it. */
  readonly exif?: Buffer;
  /** Declared size. */
  readonly width?: number;
  readonly height?: number;
}

/** Item 1 is the picture, or a grid; then its EXIF block; then the tiles. */
export function heicOf(parts: HeicParts = {}): Buffer {
  const { tiles = 0 } = parts;
  const picture = Buffer.concat([u32(coded[3].length), coded[3]]);
  const grid = Buffer.concat([Buffer.from([0, 0, 0, tiles - 1]), u16(64 * tiles), u16(64)]);
  const exif = parts.exif && Buffer.concat([u32(0), parts.exif]);
  const items: Item[] = [
    tiles > 0 ? { id: 1, type: 'grid', data: grid } : { id: 1, type: 'hvc1', data: picture },
    ...(exif ? [{ id: 2, type: 'Exif', data: exif }] : []),
    ...Array.from({ length: tiles }, (_, i) => ({ id: 3 + i, type: 'hvc1', data: picture })),
  ];
  const type = box('ftyp', 'heic', u32(0), 'mif1heic');
  // The locations depend on their own length.
  const dataAt = type.length + meta(parts, items, 0).length + 8;
  const data = items.map((item) => item.data);
  return Buffer.concat([type, meta(parts, items, dataAt), box('mdat', ...data)]);
}

interface Item {
  readonly id: number;
  readonly type: string;
  readonly data: Buffer;
}

function meta(parts: HeicParts, items: readonly Item[], dataAt: number): Buffer {
  const tiles = items.filter(({ id }) => id > 2).map(({ id }) => id);
  const references = [
    ...(parts.exif ? [box('cdsc', u16(2), u16(1), u16(1))] : []),
    ...(tiles.length > 0 ? [box('dimg', u16(1), u16(tiles.length), ...tiles.map(u16))] : []),
  ];
  const infos = items.map(({ id, type }) => full('infe', 2, u16(id), u16(0), `${type}\0`));
  return full(
    'meta',
    0,
    full('hdlr', 0, u32(0), 'pict', Buffer.alloc(13)),
    full('pitm', 0, u16(1)),
    full('iinf', 0, u16(items.length), ...infos),
    ...(references.length > 0 ? [full('iref', 0, ...references)] : []),
    properties(parts, tiles),
    full('iloc', 0, Buffer.from([0x44, 0]), u16(items.length), ...locations(items, dataAt)),
  );
}

function locations(items: readonly Item[], dataAt: number): Buffer[] {
  let at = dataAt;
  return items.map(({ id, data }) => {
    at += data.length;
    return Buffer.concat([u16(id), u16(0), u16(1), u32(at - data.length), u32(data.length)]);
  });
}

function properties(parts: HeicParts, tiles: readonly number[]): Buffer {
  const { turns, profile, width = 64 * Math.max(1, tiles.length), height = 64 } = parts;
  const all = [
    box('hvcC', decoderRecord()),
    full('ispe', 0, u32(width), u32(height)),
    ...(profile ? [box('colr', 'prof', profile)] : []),
    ...(turns === undefined ? [] : [box('irot', Buffer.from([turns]))]),
    full('ispe', 0, u32(64), u32(64)), // size of the tiles
  ];
  const ofPicture = Array.from({ length: all.length - 1 }, (_, i) => i + 1).filter(
    (number) => number !== 1 || tiles.length === 0,
  );
  const associated = (id: number, numbers: readonly number[]) =>
    Buffer.concat([u16(id), Buffer.from([numbers.length, ...numbers])]);
  const lines = [associated(1, ofPicture), ...tiles.map((id) => associated(id, [1, all.length]))];
  return box('iprp', box('ipco', ...all), full('ipma', 0, u32(lines.length), ...lines));
}

function decoderRecord(): Buffer {
  const sets = coded.slice(0, 3).map((set) => {
    const kind = ((set[0] as number) >> 1) & 63;
    return Buffer.concat([Buffer.from([0x80 | kind]), u16(1), u16(set.length), set]);
  });
  const head = Buffer.alloc(23);
  head.set([1, 4, 8]);
  head.set([0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, sets.length], 13);
  return Buffer.concat([head, ...sets]);
}

export function box(type: string, ...content: (Buffer | string)[]): Buffer {
  const parts = content.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...parts]);
  return Buffer.concat([u32(body.length + 4), body]);
}

function full(type: string, version: number, ...content: (Buffer | string)[]): Buffer {
  return box(type, u32(version << 24), ...content);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
