import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureTime, timeInName } from '../../src/domain/capture-time.ts';

const noon = Date.UTC(2024, 0, 31, 12, 1, 2);

test('EXIF wins over the name, the name over the file', () => {
  const exif = { localMs: noon, offsetMinutes: 120 };
  assert.deepEqual(captureTime(exif, 'IMG_20200101_000000.jpg', 5), { ms: noon - 7_200_000, origin: 'exif' });
  assert.deepEqual(captureTime(undefined, 'IMG_20240131_120102.jpg', 5), { ms: noon, origin: 'name' });
  assert.deepEqual(captureTime(undefined, 'holiday.jpg', 5), { ms: 5, origin: 'mtime' });
});

test('an EXIF time without an offset is read as UTC', () => {
  assert.equal(captureTime({ localMs: noon, offsetMinutes: undefined }, 'a.jpg', 5).ms, noon);
});

test("a file's time that no calendar knows becomes one that has a date", () => {
  for (const [mtimeMs, date] of [
    [9e15, '9999-12-31'],
    [-9e15, '0000-01-01'],
  ] as const) {
    const { ms } = captureTime(undefined, 'holiday.jpg', mtimeMs);
    assert.equal(new Date(ms).toISOString().slice(0, 10), date);
  }
});

const named: Record<string, number> = {
  'IMG_20240131_120102.jpg': noon,
  'PXL_20240131_120102345.MP.jpg': noon + 345,
  'DJI_20240131120102_0001_D.JPG': noon,
  '2024-01-31 12.01.02.jpg': noon,
  'Screenshot 2024-01-31 at 12.01.02.png': noon,
  'Screenshot_2024-01-31-12-01-02.png': noon,
  'frame_2024-01-31T12:01:02.webp': noon,
  'Screenshot 2024-01-31 at 12.01.02\u202fPM.png': noon,
  'Screenshot 2024-01-31 at 1.01.02 PM.png': noon + 3_600_000,
  '2024-01-31 12.01.02 AM.jpg': noon - 12 * 3_600_000,
  'FB_IMG_1706702462000.jpg': noon,
  'mmexport1706702462345.jpg': noon + 345,
  '1706702462.jpg': noon,
  '1706702462.345.jpg': noon + 345,
};

for (const [name, ms] of Object.entries(named))
  test(`the time in ${name} is understood`, () => assert.equal(timeInName(name), ms));

const timeless = [
  'frame_0001.png',
  '20240231_120102.jpg',
  'IMG_20240131_250102.jpg',
  '123456789012345678.jpg',
  '0000000000001.jpg',
  'order 1706702462 of 3.jpg',
  '2024-02-31 1.01.02 PM.jpg',
  '',
];

for (const name of timeless)
  test(`there is no time in "${name}"`, () => assert.equal(timeInName(name), undefined));
