import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { allPixels, distance, errorOf, flag, pixels, softFlag } from '../support/decoding.ts';
import { chunk } from '../support/hostile.ts';

/** Variants within a single format. */

const soft = await pixels(await softFlag().png().toBuffer());
const bright = await pixels(await flag().png().toBuffer());

/** A picture of one colour. */
function plain(background: string): Sharp {
  return sharp({ create: { width: 16, height: 16, channels: 3, background } });
}

/** Whether the whole picture is red. */
async function isRed(bytes: Buffer): Promise<boolean> {
  const found = await pixels(bytes);
  const red = Uint8Array.from(found, (_, i) => (i % 3 === 0 ? 255 : 0));
  return distance(found, red) < 8;
}

test('values in a wider colour space are converted to sRGB', async () => {
  for (const format of ['png', 'jpeg', 'webp', 'tiff', 'avif'] as const) {
    const wide = await softFlag()
      .withIccProfile('p3')
      .toFormat(format, { quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const stored = await sharp(wide, { ignoreIcc: true }).resize(32, 32).raw().toBuffer();
    assert.ok(distance(stored, soft) > 3, `${format} holds other numbers`);
    assert.ok(distance(await pixels(wide), soft) < 2, `${format} is read as sRGB`);
  }
});

test('a CMYK JPEG has its original colours, within the gamut of ink', async () => {
  const inked = await softFlag().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
  assert.equal((await sharp(inked).metadata()).space, 'cmyk');
  assert.ok(distance(await pixels(inked), soft) < 20);
});

test('16-bit grey with alpha decodes like grey', async () => {
  const grey = await softFlag().greyscale().png().toBuffer();
  const rich = await softFlag().greyscale().ensureAlpha().toColourspace('grey16').png().toBuffer();
  const { depth, channels } = await sharp(rich).metadata();
  assert.deepEqual([depth, channels], ['ushort', 2]);
  assert.ok(distance(await pixels(rich), await pixels(grey)) < 2);
});

test('a transparent entry of a palette shows the grey behind it', async () => {
  const half = sharp({ create: { width: 16, height: 16, channels: 4, background: '#ff000080' } });
  const bytes = await half.png({ palette: true }).toBuffer();
  assert.equal((await sharp(bytes).metadata()).isPalette, true);
  const [r = 0, g = 0, b = 0] = await allPixels(bytes, 16, 16);
  assert.ok(Math.abs(r - 0xc0) < 4 && Math.abs(g - 0x40) < 4 && Math.abs(b - 0x40) < 4, `${r} ${g} ${b}`);
});

test('a 12-bit JPEG is unsupported, and the reason says so', async () => {
  const jpeg = await softFlag().jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  jpeg[frame + 4] = 12;
  const { reason, message } = await errorOf(jpeg);
  assert.equal(reason, 'unsupported-format');
  assert.match(message, /precision 12/);
});

test('of two JPEGs in one file, as stereo cameras write them, the first is taken', async () => {
  const [first, second] = [await plain('red').jpeg().toBuffer(), await plain('blue').jpeg().toBuffer()];
  const index = Buffer.from('\xff\xe2\0\x06MPF\0', 'latin1');
  assert.ok(await isRed(Buffer.concat([first.subarray(0, 2), index, first.subarray(2), second])));
  assert.ok(!(await isRed(second)));
});

test('the first picture of an animated PNG is taken', async () => {
  const partsOf = async (background: string) => {
    const png = await plain(background).png({ palette: false }).toBuffer();
    const at = png.indexOf('IDAT');
    return { header: png.subarray(16, 29), data: png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)) };
  };
  const [red, blue] = [await partsOf('red'), await partsOf('blue')];
  const control = (sequence: number) => {
    const body = Buffer.alloc(26);
    for (const [i, value] of [sequence, 16, 16].entries()) body.writeUInt32BE(value, 4 * i);
    return chunk('fcTL', body);
  };
  const counts = Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]);
  const bytes = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', red.header),
    chunk('acTL', counts),
    control(0),
    chunk('IDAT', red.data),
    control(1),
    chunk('fdAT', Buffer.concat([Buffer.from([0, 0, 0, 2]), blue.data])),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  assert.ok(await isRed(bytes));
});

for (const format of ['webp', 'tiff', 'gif'] as const)
  test(`the first of two pictures in a ${format} is taken`, async () => {
    const both = await Promise.all(['red', 'blue'].map((colour) => plain(colour).png().toBuffer()));
    const pages = async (order: Buffer[]) =>
      sharp(order, { join: { animated: true } })
        .toFormat(format)
        .toBuffer();
    const bytes = await pages(both);
    assert.equal((await sharp(bytes).metadata()).pages, 2);
    assert.ok(await isRed(bytes));
    assert.ok(!(await isRed(await pages(both.toReversed()))));
  });

test('EXIF orientation is applied in every format', async () => {
  const turned = await sharp(await flag().png().toBuffer())
    .rotate(270)
    .png()
    .toBuffer();
  for (const format of ['jpeg', 'png', 'tiff', 'webp', 'avif'] as const) {
    const tagged = await sharp(turned)
      .withMetadata({ orientation: 6 })
      .toFormat(format, { quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    assert.ok(distance(await pixels(tagged), bright) < 4, format);
  }
});
