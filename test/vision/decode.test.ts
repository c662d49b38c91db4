import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { distance, fault, flag, pixels, spec } from '../support/decoding.ts';
import { hugePng } from '../support/hostile.ts';
import { drawFormats, drawPictures, truncated } from '../support/pictures.ts';

for (const { name, bytes } of await drawFormats(['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif']))
  test(`${name} is decoded to the size that was asked for`, async () => void (await pixels(bytes)));

test('all eight EXIF orientations of one picture give the same pixels', async () => {
  const upright = await pixels(await flag().png().toBuffer());
  const turned: Record<number, (image: Sharp) => Sharp> = {
    1: (image) => image,
    2: (image) => image.flop(),
    3: (image) => image.rotate(180),
    4: (image) => image.flip(),
    5: (image) => image.flop().rotate(270),
    6: (image) => image.rotate(270),
    7: (image) => image.flop().rotate(90),
    8: (image) => image.rotate(90),
  };
  for (const [orientation, turn] of Object.entries(turned)) {
    const raw = await turn(sharp(await flag().png().toBuffer()))
      .png()
      .toBuffer();
    const tagged = await sharp(raw)
      .withMetadata({ orientation: Number(orientation) })
      .webp({ lossless: true })
      .toBuffer();
    assert.ok(distance(await pixels(tagged), upright) < 8, `orientation ${orientation}`);
  }
});

test('grey, 16 bits, palettes, alpha and CMYK all become three channels of 8 bits', async () => {
  const plain = await pixels(await flag().png().toBuffer());
  const same: Record<string, Buffer> = {
    palette: await flag().png({ palette: true }).toBuffer(),
    '16 bits': await flag().toColourspace('rgb16').png().toBuffer(),
    opaque: await flag(4).png().toBuffer(),
  };
  for (const [name, bytes] of Object.entries(same)) assert.ok(distance(await pixels(bytes), plain) < 2, name);
  const grey = await pixels(await flag().greyscale().png().toBuffer());
  for (let i = 0; i < grey.length; i += 3) assert.ok(grey[i] === grey[i + 1] && grey[i] === grey[i + 2]);
  await pixels(await flag().toColourspace('cmyk').jpeg().toBuffer());
  const clear = sharp({ create: { width: 8, height: 8, channels: 4, background: '#ff000000' } });
  assert.deepEqual(new Set(await pixels(await clear.png().toBuffer())), new Set([0x80]));
});

test('a crop keeps the middle, undistorted', async () => {
  const wide = sharp({ create: { width: 300, height: 100, channels: 3, background: 'white' } }).composite([
    { input: { create: { width: 100, height: 100, channels: 3, background: 'black' } }, left: 100, top: 0 },
  ]);
  const middle = await pixels(await wide.png().toBuffer(), {
    ...spec,
    resize: { mode: 'crop', kernel: 'nearest' },
  });
  assert.deepEqual(new Set(middle), new Set([0]));
});

test('the first picture of an animation is taken', async () => {
  const [first, second] = ['red', 'blue'].map((background) =>
    sharp({ create: { width: 16, height: 16, channels: 3, background } })
      .png()
      .toBuffer(),
  );
  const both = (await Promise.all([first, second])) as Buffer[];
  const animation = await sharp(both, { join: { animated: true } })
    .gif()
    .toBuffer();
  const [red, green, blue] = await pixels(animation);
  assert.ok((red ?? 0) > 240 && (green ?? 255) < 15 && (blue ?? 255) < 15);
});

test('SVG drawings are decoded if configured', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="#f00"/></svg>';
  const { pixels: red } = await sharpDecoder({ pixelsMax: 1_000, svg: true }).decode(Buffer.from(svg), spec);
  assert.deepEqual(Array.from(red.data.subarray(0, 3)), [255, 0, 0]);
});

test('an unusable file is reported with its reason', async () => {
  const [{ bytes } = { bytes: Buffer.alloc(0) }] = await drawPictures(1);
  assert.equal(await fault(Buffer.alloc(0)), 'empty');
  assert.equal(await fault(Buffer.from('no picture at all')), 'not-an-image');
  assert.equal(await fault(truncated(bytes)), 'truncated');
  assert.equal(await fault(truncated(await flag().png({ compressionLevel: 0 }).toBuffer())), 'truncated');
  assert.equal(await fault(truncated(await flag().gif().toBuffer())), 'truncated');
  assert.equal(await fault(Buffer.concat([Buffer.from('BM'), Buffer.alloc(60, 40)])), 'not-an-image');
  assert.equal(await fault(hugePng(60_000, 60_000)), 'too-many-pixels');
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
  assert.equal(await fault(Buffer.from(svg)), 'unsupported-format');
  assert.equal(await fault(bytes, sharpDecoder({ pixelsMax: 100 })), 'too-many-pixels');
});
