import type { CaptureTime } from './frame.ts';

/** The camera's own record of the capture: local time, with its offset from UTC if known. */
export interface ExifTime {
  /** Local time read as UTC, ms since 1970. */
  readonly localMs: number;
  /** Minutes east of UTC. */
  readonly offsetMinutes: number | undefined;
}

/** The years 0 to 9999, ms since 1970. Some file systems store times beyond the range of `Date`. */
const [firstMs, lastMs] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/**
 * Returns the EXIF time, else a time in the file's name, else the mtime, clamped to the years 0 to 9999. A
 * time without an offset is read as UTC.
 */
export function captureTime(exif: ExifTime | undefined, name: string, mtimeMs: number): CaptureTime {
  if (exif !== undefined) {
    return { ms: exif.localMs - (exif.offsetMinutes ?? 0) * 60_000, origin: 'exif' };
  }
  const named = timeInName(name);
  if (named !== undefined) return { ms: named, origin: 'name' };
  return { ms: Math.min(Math.max(mtimeMs, firstMs), lastMs), origin: 'mtime' };
}

// IMG_20240131_120102, PXL_20240131_120102345, DJI_20240131120102_0001, 2024-01-31 12.01.02, Screenshot
// 2024-01-31 at 12.01.02
const pattern =
  /(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?:[-_ T.]|_at_| at )?([0-2]\d)[-_.:h]?([0-5]\d)[-_.:m]?([0-5]\d)(\d{3})?(?!\d)/;

/**
 * Returns the time in a camera's file name, ms since 1970, read as UTC. Returns undefined if there is none.
 */
export function timeInName(name: string): number | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second, milli] = match.slice(1).map((part) => Number(part ?? 0));
  const ms = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second, milli);
  const sameMonth = new Date(ms).getUTCMonth() === (month ?? 0) - 1; // rejects dates like 2024-02-31
  return sameMonth && (hour ?? 0) < 24 ? ms : undefined;
}
