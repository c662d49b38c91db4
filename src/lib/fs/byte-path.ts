import { isUtf8 } from 'node:buffer';

/**
 * File names are bytes. A path in framesort is a string; each byte that is not valid UTF-8 becomes a lone
 * surrogate U+DC00 + byte (as in Python's PEP 383). Therefore every name survives the round trip.
 */

const escapeBase = 0xdc00;

/** Returns the string for `bytes`. */
export function fromBytes(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : escapeStrayBytes(bytes);
}

/** Returns the argument for a system call: the string if it is valid UTF-8, else its bytes. */
export function toSystem(path: string): string | Buffer {
  return path.isWellFormed() ? path : toBytes(path);
}

export function toBytes(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, 'utf8');
  return Buffer.concat(Array.from(path, characterBytes));
}

// Control characters and stray bytes.
const unprintable = /[\p{Cc}\udc80-\udcff]/gu;

/**
 * Returns the path for display: escapes control characters and stray bytes, therefore a name stays on one
 * line.
 */
export function printable(path: string): string {
  return path.replace(unprintable, (character) => `\\x${hex(character.charCodeAt(0) & 0xff)}`);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function characterBytes(character: string): Buffer {
  const code = character.charCodeAt(0);
  const isStray = character.length === 1 && code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
  return isStray ? Buffer.of(code - escapeBase) : Buffer.from(character, 'utf8');
}

function escapeStrayBytes(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = validLengthAt(bytes, at);
    text +=
      length === 0
        ? String.fromCharCode(escapeBase + (bytes[at] as number))
        : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** Returns the length of the UTF-8 character at `at`, or 0 if there is none. */
function validLengthAt(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
