/** An EXIF block of a camera, with a local time, an offset and an orientation. */
export function exifBlock({ time = '2024:05:06 07:08:09', offset = '+02:00', orientation = 1 } = {}): Buffer {
  const draft = new TiffDraft('II');
  const photo = draft.directory([
    [0x9003, 2, `${time}\0`],
    [0x9011, 2, `${offset}\0`],
  ]);
  const first = draft.directory([
    [0x0112, 3, [orientation]],
    [0x8769, 4, [photo]],
  ]);
  return draft.finish(first);
}

/** The time of `exifBlock` in the decoder's form. */
export const exifTaken = { localMs: Date.UTC(2024, 4, 6, 7, 8, 9), offsetMinutes: 120 };

export type Field = readonly [tag: number, type: number, values: readonly number[] | string | Buffer];

/** Builds a TIFF file, or a file in TIFF structure: first the pieces, then the directories. */
export class TiffDraft {
  readonly #parts: Buffer[];
  readonly #isLittle: boolean;
  #length: number;

  /** `start` comes first and receives the offset of the first directory. */
  constructor(order: 'II' | 'MM', start = order === 'II' ? 'II*\0\0\0\0\0' : 'MM\0*\0\0\0\0') {
    this.#isLittle = order === 'II';
    this.#parts = [Buffer.from(start, 'latin1')];
    this.#length = start.length;
  }

  /** Adds a piece. Returns its offset. */
  place(bytes: Buffer): number {
    const at = this.#length;
    const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    this.#parts.push(even);
    this.#length += even.length;
    return at;
  }

  directory(fields: readonly Field[], next = 0): number {
    const entries = fields.map((field) => this.#entry(field));
    return this.place(Buffer.concat([this.#number(fields.length, 2), ...entries, this.#number(next, 4)]));
  }

  finish(firstDirectory: number): Buffer {
    const file = Buffer.concat(this.#parts);
    file.set(this.#number(firstDirectory, 4), 4);
    return file;
  }

  #entry([tag, type, values]: Field): Buffer {
    const size = type === 3 ? 2 : type === 4 ? 4 : 1;
    const bytes =
      typeof values === 'string'
        ? Buffer.from(values, 'latin1')
        : Buffer.isBuffer(values)
          ? values
          : Buffer.concat(values.map((value) => this.#number(value, size)));
    const count = this.#number(bytes.length / size, 4);
    const inside = Buffer.concat([bytes, Buffer.alloc(4)]).subarray(0, 4);
    const value = bytes.length <= 4 ? inside : this.#number(this.place(bytes), 4);
    return Buffer.concat([this.#number(tag, 2), this.#number(type, 2), count, value]);
  }

  #number(value: number, size: number): Buffer {
    const bytes = Buffer.alloc(size);
    if (this.#isLittle) bytes.writeUIntLE(value, 0, size);
    else bytes.writeUIntBE(value, 0, size);
    return bytes;
  }
}
