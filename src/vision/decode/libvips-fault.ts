import { FrameError, type FrameErrorReason } from '../../domain/frame-error.ts';
import { messageOf } from '../../lib/errors.ts';
import { isCutPng } from './formats/file-kind.ts';

/** Maps messages of libvips to reasons. */

const faults: readonly (readonly [RegExp, FrameErrorReason])[] = [
  [/unsupported image format|Input buffer contains unsupported/i, 'not-an-image'],
  [/pixel limit|too large|dimensions exceed|exceeds/i, 'too-many-pixels'],
  [
    /no (decoding|suitable) plugin|not supported|unsupported|support for this compression/i,
    'unsupported-format',
  ],
  [
    /premature end|unexpected end|truncat|end of (file|stream|data)|EOF|not enough|incomplete|short/i,
    'truncated',
  ],
];

/** Messages for readers unfamiliar with libvips. */
const clearerMessages = new Map([
  ['Input buffer contains unsupported image format', 'it is no picture in a supported format'],
  ['Input image exceeds pixel limit', 'it has more pixels than decode.pixelsMax allows'],
  ['Unknown error', 'the decoder failed without a message: the data are damaged'],
]);

/** libvips prints this for every HEIF, readable or not. */
const noise = /^source: bad seek/;

/** Names a fault of a refused file that libvips does not name. */
export function namedFault(bytes: Buffer, message: string): FrameError | undefined {
  return isCutPng(bytes) && /read error/.test(message)
    ? new FrameError('truncated', 'the PNG ends before its last part')
    : undefined;
}

/** libvips reports faults as text only. */
export function frameError(cause: unknown): FrameError {
  const lines = messageOf(cause).trim().split('\n');
  const message = (lines.find((line) => !noise.test(line)) ?? '').replace(/:$/, '');
  const reason = faults.find(([words]) => words.test(message))?.[1] ?? 'damaged';
  return new FrameError(reason, clearerMessages.get(message) ?? message, { cause });
}
