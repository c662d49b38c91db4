import { isCr3 } from './raw-metadata.ts';
import { isRawTiff } from './raw-preview.ts';

/** File kinds that libvips does not read, or reports less about than we can. */
export type Kind = 'png' | 'bmp' | 'jpeg-xl' | 'raw' | 'other';

export function kindOf(bytes: Buffer): Kind {
  return kinds.find(([, isIt]) => isIt(bytes))?.[0] ?? 'other';
}

/** Whether a PNG lacks its last chunk. */
export function isCutPng(bytes: Buffer): boolean {
  return kindOf(bytes) === 'png' && !bytes.includes('IEND', Math.max(0, bytes.length - 4_096), 'latin1');
}

const starts = (bytes: Buffer, text: string, at = 0) =>
  bytes.subarray(at, at + text.length).toString('latin1') === text;

const kinds: readonly (readonly [Kind, (bytes: Buffer) => boolean])[] = [
  ['png', (bytes) => starts(bytes, '\x89PNG\r\n\x1a\n')],
  // The field behind the name and the two sizes is the header length, 12 to 124.
  ['bmp', (bytes) => starts(bytes, 'BM') && bytes.length >= 18 && bytes.readUInt32LE(14) <= 124],
  ['jpeg-xl', (bytes) => starts(bytes, '\xff\x0a') || starts(bytes, 'JXL ', 4)],
  [
    'raw',
    (bytes) => rawStarts.some(([text, at]) => starts(bytes, text, at)) || isCr3(bytes) || isRawTiff(bytes),
  ],
];

/** Canon, Fujifilm, Panasonic and Olympus. All other raw formats start like TIFF. */
const rawStarts = [
  ['CR\x02', 8],
  ['FUJIFILM', 0],
  ['IIU\0', 0],
  ['IIRO', 0],
  ['IIRS', 0],
  ['MMOR', 0],
] as const;
