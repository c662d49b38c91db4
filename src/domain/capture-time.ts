import type { CaptureTime } from './frame.ts';

/** A camera's own record of the time: local time, and the offset from UTC where it is known. */
export interface ExifTime {
  /** Local time as if it were UTC, ms. */
  readonly localMs: number;
  /** Minutes east of UTC. */
  readonly offsetMinutes: number | undefined;
}

/** The years 0 to 9999, ms since 1970. Some file systems keep times that no calendar, and no `Date`, knows. */
const [firstMs, lastMs] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/**
 * EXIF, else a time in the file's name, else its mtime, or the nearest time that has a date. Times without an offset are
 * read as UTC.
 */
export function captureTime(exif: ExifTime | undefined, name: string, mtimeMs: number): CaptureTime {
  if (exif !== undefined) {
    return { ms: exif.localMs - (exif.offsetMinutes ?? 0) * 60_000, origin: 'exif' };
  }
  const named = timeInName(name);
  if (named !== undefined) return { ms: named, origin: 'name' };
  return { ms: Math.min(Math.max(mtimeMs, firstMs), lastMs), origin: 'mtime' };
}

// IMG_20240131_120102, PXL_20240131_120102345, DJI_20240131120102_0001, 2024-01-31 12.01.02, Screenshot 2024-01-31 at 12.01.02
const pattern =
  /(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?:[-_ T.]|_at_| at )?([0-2]\d)[-_.:h]?([0-5]\d)[-_.:m]?([0-5]\d)(\d{3})?(?!\d)/;

/** The moment that a camera wrote into the file's name, ms since 1970 read as UTC. */
export function timeInName(name: string): number | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second, milli] = match.slice(1).map((part) => Number(part ?? 0));
  const ms = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second, milli);
  const sameMonth = new Date(ms).getUTCMonth() === (month ?? 0) - 1; // 2024-02-31 is no date
  return sameMonth && (hour ?? 0) < 24 ? ms : undefined;
}
