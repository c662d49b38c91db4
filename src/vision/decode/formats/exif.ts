import readExif from 'exif-reader';
import type { ExifTime } from '../../../domain/capture-time.ts';

/** Returns the camera's capture time, or undefined if there is no readable time. */
export function exifTime(block: Buffer): ExifTime | undefined {
  const tags = tryRead(block)?.Photo;
  const times = [tags?.DateTimeOriginal, tags?.DateTimeDigitized];
  const taken = times.find((time) => time instanceof Date && isWrittenIn(block, time));
  if (taken === undefined) return undefined;
  return {
    localMs: taken.getTime() + subSecondMs(tags?.SubSecTimeOriginal),
    offsetMinutes: minutesEast(tags?.OffsetTimeOriginal ?? tags?.OffsetTime),
  };
}

function tryRead(block: Buffer): ReturnType<typeof readExif> | undefined {
  try {
    return readExif(block);
  } catch {
    return undefined; // a broken EXIF block does not make a broken picture
  }
}

/**
 * Returns whether the block has the time as text. The EXIF reader makes a date of any six numbers: a time of
 * zeros, which means "unknown" (EXIF 2.3, DateTimeOriginal), becomes a day in 1899.
 */
function isWrittenIn(block: Buffer, time: Date): boolean {
  if (Number.isNaN(time.getTime())) return false;
  const parts = time.toISOString().slice(0, 19).split(/\D/);
  return new RegExp(parts.join('\\D')).test(block.toString('latin1'));
}

/** `SubSecTime` holds the decimals of the second: "5" is half a second. */
function subSecondMs(digits: unknown): number {
  const text = typeof digits === 'string' ? digits.trim() : '';
  return /^\d+$/.test(text) ? Math.round(Number(`0.${text}`) * 1000) : 0;
}

/** `OffsetTime` reads like "+02:00". */
function minutesEast(offset: unknown): number | undefined {
  const match = typeof offset === 'string' ? /^([+-])(\d\d):(\d\d)/.exec(offset) : null;
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
