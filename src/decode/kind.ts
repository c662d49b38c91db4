/** What a file says of itself in its first bytes, for kinds of which we can say more than the decoder does. */
export type Kind = 'png' | 'bmp' | 'jpeg-xl' | 'raw' | 'other';

export function kindOf(bytes: Buffer): Kind {
  return kinds.find(([, isIt]) => isIt(bytes))?.[0] ?? 'other';
}

/** A PNG that does not reach its last chunk. */
export function isCutPng(bytes: Buffer): boolean {
  return kindOf(bytes) === 'png' && !bytes.includes('IEND', Math.max(0, bytes.length - 4_096), 'latin1');
}

const starts = (bytes: Buffer, text: string, at = 0) =>
  bytes.subarray(at, at + text.length).toString('latin1') === text;

const kinds: readonly (readonly [Kind, (bytes: Buffer) => boolean])[] = [
  ['png', (bytes) => starts(bytes, '\x89PNG\r\n\x1a\n')],
  // The field behind the name and two sizes is the length of the header, 12 to 124.
  ['bmp', (bytes) => starts(bytes, 'BM') && bytes.length >= 18 && bytes.readUInt32LE(14) <= 124],
  ['jpeg-xl', (bytes) => starts(bytes, '\xff\x0a') || starts(bytes, 'JXL ', 4)],
  [
    'raw',
    (bytes) =>
      starts(bytes, 'CR', 8) || starts(bytes, 'FUJIFILM') || starts(bytes, 'IIU\0') || starts(bytes, 'IIRO'),
  ],
];
