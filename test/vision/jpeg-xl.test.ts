import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { allPixels, decoder, fault, softFlag, spec } from '../support/decoding.ts';
import { exifBlock, exifTaken } from '../support/exif.ts';
import { jpegXl, jpegXlFile } from '../support/jpeg-xl.ts';

const side = 64;
const original = await softFlag().raw().toBuffer();

test('a JPEG XL picture has its original pixels', async () => {
  for (const bytes of [jpegXl, jpegXlFile(exifBlock())])
    assert.ok(Buffer.from(await allPixels(bytes, side, side)).equals(original));
});

test('the capture time is read, and the EXIF orientation is ignored', async () => {
  // JPEG XL has its own orientation, which counts.
  for (const how of ['plain', 'packed'] as const) {
    const file = jpegXlFile(exifBlock({ orientation: 6 }), how);
    assert.deepEqual((await decoder.decode(file, spec)).taken, exifTaken, how);
    assert.ok(Buffer.from(await allPixels(file, side, side)).equals(original), how);
  }
});

test('a broken EXIF block costs only the capture time', async () => {
  const broken = jpegXlFile(Buffer.from('no such block'), 'packed');
  broken[broken.indexOf('brob') + 12] = 0xff;
  for (const file of [broken, jpegXlFile(Buffer.alloc(0)), jpegXlFile(Buffer.from('MM'))])
    assert.equal((await decoder.decode(file, spec)).taken, undefined);
});

test('a truncated or too large JPEG XL is reported with its reason', async () => {
  const file = jpegXlFile(exifBlock());
  assert.equal(await fault(jpegXl.subarray(0, 2)), 'truncated');
  assert.equal(await fault(jpegXl.subarray(0, -10)), 'truncated');
  assert.equal(await fault(file.subarray(0, -10)), 'truncated');
  assert.equal(await fault(file, sharpDecoder({ pixelsMax: 1_000 })), 'too-many-pixels');
});

test('no wrong byte does more than damage the picture', async () => {
  const whole = jpegXlFile(exifBlock());
  for (let at = 0; at < whole.length; at++) {
    const wrong = Buffer.from(whole);
    wrong[at] = (wrong[at] as number) ^ 0x41;
    await decoder.decode(wrong, spec).catch((error: unknown) => {
      assert.equal((error as Error).name, 'FrameError', `byte ${at}: ${error}`);
    });
  }
});
