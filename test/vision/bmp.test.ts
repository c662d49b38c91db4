import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { type BmpParts, bmpOf, rowsOf } from '../support/bmp.ts';
import { allPixels, distance, errorOf, fault, flag, pixels } from '../support/decoding.ts';

const size = { width: 5, height: 3 };
const colours = [0xff0000, 0x00ff00, 0x0000ff, 0xffff00];

/** All rows and all columns differ. */
const indexAt = (x: number, y: number) => (x + 2 * y + (x === 4 ? 1 : 0)) % 4;
const colourAt = (x: number, y: number) => colours[indexAt(x, y)] as number;

/** The expected pixels: rows from the top. */
function expected(colour: (x: number, y: number) => number): number[] {
  return Array.from({ length: size.width * size.height }, (_, i) => {
    const found = colour(i % size.width, Math.floor(i / size.width));
    return [found >> 16, (found >> 8) & 255, found & 255];
  }).flat();
}

const decoded = async (bytes: Buffer) => Array.from(await allPixels(bytes, size.width, size.height));

/** The most frequent layout: last row first. */
const flipped = (value: (x: number, y: number) => number) => (x: number, y: number) =>
  value(x, size.height - 1 - y);

const picture = (bits: number, value: (x: number, y: number) => number, more: Partial<BmpParts> = {}) =>
  bmpOf({ ...size, bits, data: rowsOf(size, bits, flipped(value)), ...more });

test('4 and 8 bits select colours of a palette', async () => {
  for (const bits of [4, 8])
    assert.deepEqual(
      await decoded(picture(bits, indexAt, { palette: colours })),
      expected(colourAt),
      `${bits}`,
    );
});

test('1 bit selects one of two colours', async () => {
  const palette = [0x102030, 0xa0b0c0];
  const found = await decoded(picture(1, (x, y) => indexAt(x, y) % 2, { palette }));
  assert.deepEqual(
    found,
    expected((x, y) => palette[indexAt(x, y) % 2] as number),
  );
});

test('the palette of the oldest header has three bytes for each colour', async () => {
  const old = picture(8, indexAt, { palette: [...colours, ...Array(252).fill(0)], headerBytes: 12 });
  assert.deepEqual(await decoded(old), expected(colourAt));
});

test('an index beyond the palette is black', async () => {
  const found = await decoded(picture(8, indexAt, { palette: colours.slice(0, 3) }));
  assert.deepEqual(
    found,
    expected((x, y) => (indexAt(x, y) === 3 ? 0 : colourAt(x, y))),
  );
});

test('24 and 32 bits are direct colours, and the fourth byte is ignored', async () => {
  assert.deepEqual(await decoded(picture(24, colourAt)), expected(colourAt));
  assert.deepEqual(await decoded(picture(32, (x, y) => colourAt(x, y) + 0x77000000)), expected(colourAt));
});

test('a negative height means that the first row is the top row', async () => {
  const data = rowsOf(size, 24, colourAt);
  assert.deepEqual(
    await decoded(bmpOf({ ...size, height: -size.height, bits: 24, data })),
    expected(colourAt),
  );
});

test('16 bits are five per colour, or as in the masks', async () => {
  const packed = (r: number, g: number, b: number) => (x: number, y: number) => {
    const colour = colourAt(x, y);
    return (colour >> 16 ? r : 0) | ((colour >> 8) & 255 ? g : 0) | (colour & 255 ? b : 0);
  };
  assert.deepEqual(await decoded(picture(16, packed(0x7c00, 0x3e0, 0x1f))), expected(colourAt));
  const masks = [0xf800, 0x07e0, 0x001f];
  const fields = picture(16, packed(0xf800, 0x7e0, 0x1f), { masks, compression: 3 });
  assert.deepEqual(await decoded(fields), expected(colourAt));
});

test('values of few bits span black to white', async () => {
  const grey = picture(16, (x) => (x << 10) | (x << 5) | x);
  const found = await decoded(grey);
  const steps = [0, 1, 2, 3, 4].map((x) => Math.round((x * 255) / 31));
  assert.deepEqual(
    found.slice(0, 15),
    steps.flatMap((step) => [step, step, step]),
  );
});

test('masks of 32 bits put the colours in any order, alpha included', async () => {
  const masks = [0x000000ff, 0x0000ff00, 0x00ff0000, 0xff000000];
  const half = picture(32, () => 0x80_00_00_ff, { masks, compression: 3, headerBytes: 108 });
  // Half red, half of the grey behind.
  const [r = 0, g = 0, b = 0] = await decoded(half);
  assert.ok(Math.abs(r - 0xc0) < 3 && Math.abs(g - 0x40) < 3 && Math.abs(b - 0x40) < 3, `${r} ${g} ${b}`);
  const opaque = picture(32, () => 0x00_00_00_ff, { masks, compression: 3, headerBytes: 108 });
  assert.deepEqual((await decoded(opaque)).slice(0, 3), [255, 0, 0], 'alpha that is 0 everywhere is none');
});

const runs = {
  8: [
    [3, 1, 0, 3, 2, 0, 1, 0, 0, 0], // three of colour 1; three literal: 2, 0 and one past the edge; end of row
    [0, 2, 1, 1], // one to the right, one up
    [4, 3, 0, 0], // four of colour 3
    [0, 1], // the end
  ],
  4: [
    [3, 0x12, 0, 3, 0x20, 0x10, 0, 0], // 1, 2, 1, then 2, 0 and one past the edge
    [0, 2, 1, 1],
    [4, 0x33, 0, 0],
    [0, 1],
  ],
} as const;
for (const bits of [8, 4] as const)
  test(`run lengths of ${bits} bits: runs, single pixels, jumps`, async () => {
    const data = Buffer.from(runs[bits].flat());
    const packed = bmpOf({ ...size, bits, compression: bits === 8 ? 1 : 2, palette: colours, data });
    const rows = [[0, 3, 3, 3, 3], [0, 0, 0, 0, 0], bits === 8 ? [1, 1, 1, 2, 0] : [1, 2, 1, 2, 0]];
    assert.deepEqual(
      await decoded(packed),
      expected((x, y) => colours[rows[y]?.[x] ?? 0] as number),
    );
    const endless = bmpOf({
      ...size,
      bits,
      compression: bits === 8 ? 1 : 2,
      palette: colours,
      data: data.subarray(0, -8),
    });
    assert.equal(await fault(endless), 'truncated');
  });

test('a large BMP is scaled like any other picture', async () => {
  const { data } = await flag().raw().toBuffer({ resolveWithObject: true });
  const rows = rowsOf({ width: 64, height: 64 }, 24, (x, y) => data.readUIntBE((y * 64 + x) * 3, 3));
  const same = await pixels(bmpOf({ width: 64, height: -64, bits: 24, data: rows }));
  assert.equal(distance(same, await pixels(await flag().png().toBuffer())), 0);
});

test('a truncated BMP is detected, wherever it ends', async () => {
  const bytes = picture(8, indexAt, { palette: colours });
  for (let length = 18; length < bytes.length - 3; length++)
    assert.equal(await fault(bytes.subarray(0, length)), 'truncated', `${length} of ${bytes.length} bytes`);
  // The last bytes are only padding of the row.
  assert.deepEqual(await decoded(bytes.subarray(0, -3)), expected(colourAt));
});

test('the size of a BMP is checked before its pixels', async () => {
  const lying = (width: number, height: number) =>
    bmpOf({ width, height, bits: 8, palette: colours, data: Buffer.alloc(64) });
  assert.equal(await fault(lying(6, 0x7fffffff)), 'too-many-pixels');
  assert.equal(await fault(lying(0x7fffffff, -0x7fffffff)), 'too-many-pixels');
  assert.equal(await fault(lying(6, -0x80000000)), 'too-many-pixels');
  assert.equal(await fault(lying(-6, 6)), 'damaged');
  assert.equal(await fault(lying(0, 6)), 'damaged');
  const packed = bmpOf({ width: 900, height: 900, bits: 8, compression: 1, data: Buffer.from([0, 1]) });
  assert.equal(await fault(packed, sharpDecoder({ pixelsMax: 800_000 })), 'too-many-pixels');
});

test('unsupported contents of a BMP are named', async () => {
  const embedded = await errorOf(bmpOf({ ...size, bits: 0, compression: 4, data: Buffer.alloc(64) }));
  assert.equal(embedded.reason, 'unsupported-format');
  assert.match(embedded.message, /BMP with compression 4/);
});

test('no wrong byte does more than damage the picture', async () => {
  const whole = bmpOf({
    ...size,
    bits: 8,
    compression: 1,
    palette: colours,
    data: Buffer.from(runs[8].flat()),
  });
  const tight = sharpDecoder({ pixelsMax: 10_000 });
  for (let at = 10; at < whole.length; at++) {
    for (const value of [0, 1, 2, 127, 255]) {
      const wrong = Buffer.from(whole);
      wrong[at] = value;
      const found = await tight
        .decode(wrong, { width: 4, height: 4, resize: { mode: 'fill', kernel: 'nearest' } })
        .catch((error: unknown) => error);
      if (found instanceof Error) assert.equal(found.name, 'FrameError', `byte ${at} as ${value}: ${found}`);
    }
  }
});
