/** A box of an ISO base media file (JPEG XL, CR3): its type and its contents. */
export interface Box {
  readonly type: string;
  readonly body: Buffer;
  /** The declared end, perhaps beyond the end of the file. */
  readonly end: number;
}

const boxesMax = 1_000;

/** Yields the consecutive boxes in `bytes`. Stops at the first malformed box. */
export function* boxesIn(bytes: Buffer): Generator<Box> {
  let at = 0;
  for (let i = 0; i < boxesMax && at + 8 <= bytes.length; i++) {
    const declared = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const isLong = declared === 1 && at + 16 <= bytes.length;
    const size = isLong
      ? Number(bytes.readBigUInt64BE(at + 8))
      : declared === 0
        ? bytes.length - at
        : declared;
    const head = isLong ? 16 : 8;
    if (size < head) return;
    yield { type, body: bytes.subarray(at + head, at + size), end: at + size };
    at += size;
  }
}
