/** HEIC files around one small picture, since sharp writes none. */

/**
 * 64 x 64 pixels, coded once by x265 (4:2:0, full range, BT.601): the flag of `decoding.ts` in softer colours, 200, 80
 * and 80. Parameter sets first, the picture last.
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
  /** Quarter turns against the clock that the file asks for. */
  readonly turns?: number;
  /** An ICC profile. */
  readonly profile?: Buffer;
  /** An EXIF block, without "Exif" before it. */
  readonly exif?: Buffer;
  /** What it says of its size. */
  readonly width?: number;
  readonly height?: number;
}

export function heicOf(parts: HeicParts = {}): Buffer {
  const picture = Buffer.concat([u32(coded[3].length), coded[3]]);
  const exif = parts.exif && Buffer.concat([u32(0), parts.exif]);
  const type = box('ftyp', 'heic', u32(0), 'mif1heic');
  const items = [picture, ...(exif ? [exif] : [])];
  // The locations have to know how long they are themselves.
  const length = type.length + meta(parts, items, 0).length + 8;
  return Buffer.concat([type, meta(parts, items, length), box('mdat', ...items)]);
}

function meta(parts: HeicParts, items: readonly Buffer[], dataAt: number): Buffer {
  const [picture, exif] = items as [Buffer, Buffer | undefined];
  const place = (id: number, at: number, length: number) =>
    Buffer.concat([u16(id), u16(0), u16(1), u32(at), u32(length)]);
  const info = (id: number, type: string) => full('infe', 2, u16(id), u16(0), `${type}\0`);
  return full(
    'meta',
    0,
    full('hdlr', 0, u32(0), 'pict', Buffer.alloc(13)),
    full('pitm', 0, u16(1)),
    full('iinf', 0, u16(items.length), info(1, 'hvc1'), ...(exif ? [info(2, 'Exif')] : [])),
    ...(exif ? [full('iref', 0, box('cdsc', u16(2), u16(1), u16(1)))] : []),
    properties(parts),
    full(
      'iloc',
      0,
      Buffer.from([0x44, 0]),
      u16(items.length),
      place(1, dataAt, picture.length),
      ...(exif ? [place(2, dataAt + picture.length, exif.length)] : []),
    ),
  );
}

function properties({ turns, profile, width = 64, height = 64 }: HeicParts): Buffer {
  const all = [
    box('hvcC', decoderRecord()),
    full('ispe', 0, u32(width), u32(height)),
    ...(profile ? [box('colr', 'prof', profile)] : []),
    ...(turns === undefined ? [] : [box('irot', Buffer.from([turns]))]),
  ];
  const ids = Buffer.from([all.length, ...all.keys()].map((id, i) => (i === 0 ? id : id + 1)));
  return box('iprp', box('ipco', ...all), full('ipma', 0, u32(1), u16(1), ids));
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
