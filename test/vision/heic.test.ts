import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { allPixels, decoder, distance, fault, softFlag, spec } from '../support/decoding.ts';
import { exifBlock, exifTaken } from '../support/exif.ts';
import { testFolder } from '../support/folders.ts';
import { heicOf } from '../support/heic.ts';

const side = 64;
const found = (bytes: Buffer) => allPixels(bytes, side, side);
const upright = await softFlag().raw().toBuffer();

test('a HEIC picture has its original colours', async () => {
  assert.ok(distance(await found(heicOf()), upright) < 3);
});

test("the picture is rotated once, by the file's transform, not by EXIF", async () => {
  for (const turns of [0, 1, 2, 3]) {
    const turned = await softFlag()
      .rotate(-90 * turns + 360)
      .raw()
      .toBuffer();
    const exif = exifBlock({ orientation: 6 });
    assert.ok(distance(await found(heicOf({ turns, exif })), turned) < 3, `${turns} quarter turns`);
  }
});

test('its colour profile is applied', async () => {
  const wide = await softFlag().withIccProfile('p3').png().toBuffer();
  const profile = (await sharp(wide).metadata()).icc as Buffer;
  const here = await found(heicOf({ profile }));
  assert.ok(distance(here, upright) > 4, 'the profile makes a difference');
  // Display P3 red is redder than sRGB red: the same number means more.
  const red = (side - 1) * side * 3;
  assert.ok((here[red] as number) > 208 && (here[red + 1] as number) < 76, `${here.slice(red, red + 3)}`);
});

test('AVIF under the general name of HEIF is read as before', async () => {
  const bytes = await softFlag().avif({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
  bytes.write('mif1', 8);
  assert.equal((await sharp(bytes).metadata()).compression, 'hevc', 'libvips is wrong about it');
  assert.ok(distance(await found(bytes), upright) < 3);
});

test('a tiled picture, as phones write them, is assembled', async () => {
  const [width, height] = [2 * side, side];
  const wide = await allPixels(heicOf({ tiles: 2 }), width, height);
  const left = await sharp(wide, { raw: { width, height, channels: 3 } })
    .extract({ left: 0, top: 0, width: side, height: side })
    .raw()
    .toBuffer();
  const right = await sharp(wide, { raw: { width, height, channels: 3 } })
    .extract({ left: side, top: 0, width: side, height: side })
    .raw()
    .toBuffer();
  for (const half of [left, right]) assert.ok(distance(half, upright) < 3);
});

test('the capture time is read', async () => {
  const { taken } = await decoder.decode(heicOf({ exif: exifBlock() }), spec);
  assert.deepEqual(taken, exifTaken);
});

test('a truncated, damaged or too large HEIC is reported with its reason', async () => {
  const whole = heicOf();
  assert.equal(await fault(whole.subarray(0, -40)), 'truncated');
  assert.equal(await fault(whole.subarray(0, -140)), 'truncated');
  assert.equal(await fault(whole, sharpDecoder({ pixelsMax: 1_000 })), 'too-many-pixels');
  assert.equal(await fault(heicOf({ width: 60_000, height: 60_000 })), 'too-many-pixels');
});

test('without the optional package the message says which package to install', async (context) => {
  const path = join(testFolder(context), 'picture.heic');
  writeFileSync(path, heicOf());
  const support = (name: string) => new URL(`../support/${name}`, import.meta.url);
  const program = [support('without-libheif.ts').href, fileURLToPath(support('tell-fault.ts')), path];
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--import', ...program]);
  const { reason, message } = JSON.parse(stdout);
  assert.equal(reason, 'unsupported-format');
  assert.match(message, /install framesort with the optional package libheif-js/);
});

test('no wrong byte does more than damage the picture', async () => {
  const whole = heicOf({ turns: 1, exif: exifBlock() });
  for (let at = 0; at < whole.length; at += 3) {
    const wrong = Buffer.from(whole);
    wrong[at] = (wrong[at] as number) ^ 0x41;
    await decoder.decode(wrong, spec).catch((error: unknown) => {
      assert.equal((error as Error).name, 'FrameError', `byte ${at}: ${error}`);
    });
  }
});
