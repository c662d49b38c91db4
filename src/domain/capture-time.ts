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

// Screenshot 2024-01-31 at 1.01.02 PM; macOS writes a narrow space before PM.
const twelveHours =
  /(?<!\d)((?:19|20)\d\d)[-_.]([01]\d)[-_.]([0-3]\d)(?:[-_ ,]+|_at_| at )(1[0-2]|0?[1-9])[-_.:]([0-5]\d)[-_.:]([0-5]\d)[\s_]?([AP])M(?![a-z])/i;

// FB_IMG_1706702462000, mmexport1706702462000: ms since 1970. 1706702462: seconds, as the whole name.
const epochMs = /(?<!\d)(\d{13})(?!\d)/;
const epochSeconds = /^(\d{10})(?:[._](\d{1,6}))?(?=\.[a-z]\w*$|$)/i;

/** Numbers outside are no times of pictures: the years 2000 to 2099. */
const [epochFirstMs, epochEndMs] = [Date.UTC(2000, 0, 1), Date.UTC(2100, 0, 1)];

/**
 * Returns the time in a camera's file name, ms since 1970, read as UTC. Returns undefined if there is none.
 */
export function timeInName(name: string): number | undefined {
  return timeOfTwelveHours(name) ?? timeOfDay(name) ?? epochIn(name);
}

function timeOfTwelveHours(name: string): number | undefined {
  const match = twelveHours.exec(name);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const isAfternoon = match[7]?.toLowerCase() === 'p';
  const ms = Date.UTC(year, month - 1, day, (hour % 12) + (isAfternoon ? 12 : 0), minute, second);
  return new Date(ms).getUTCMonth() === month - 1 ? ms : undefined;
}

function epochIn(name: string): number | undefined {
  const [, milliseconds] = epochMs.exec(name) ?? [];
  const [, seconds, decimals = '0'] = epochSeconds.exec(name) ?? [];
  const ms =
    milliseconds === undefined ? Math.round(1_000 * Number(`${seconds}.${decimals}`)) : Number(milliseconds);
  return ms >= epochFirstMs && ms < epochEndMs ? ms : undefined;
}

function timeOfDay(name: string): number | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second, milli] = match.slice(1).map((part) => Number(part ?? 0));
  const ms = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second, milli);
  const sameMonth = new Date(ms).getUTCMonth() === (month ?? 0) - 1; // rejects dates like 2024-02-31
  return sameMonth && (hour ?? 0) < 24 ? ms : undefined;
}
