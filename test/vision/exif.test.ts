import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exifTime } from '../../src/vision/decode/formats/exif.ts';
import { exifBlock, exifTaken } from '../support/exif.ts';

test("the camera's time is read with its offset", () => {
  assert.deepEqual(exifTime(exifBlock()), exifTaken);
  assert.equal(exifTime(exifBlock({ time: '1923:05:01 12:00:00' }))?.localMs, Date.UTC(1923, 4, 1, 12));
});

test('a time of zeros, an impossible time and a torn time are no times', () => {
  for (const time of [
    '0000:00:00 00:00:00',
    '2024:00:00 00:00:00',
    '2024:02:31 07:08:09',
    '2024:05:06 27:08:09',
  ])
    assert.equal(exifTime(exifBlock({ time })), undefined, time);
  for (const time of ['    :  :     :  :  ', '2024:05', ''])
    assert.equal(exifTime(exifBlock({ time })), undefined, time);
});
