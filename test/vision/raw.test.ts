import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { decoder, distance, errorOf, fault, pixels, softFlag, spec } from '../support/decoding.ts';
import { exifTaken, TiffDraft } from '../support/exif.ts';
import { cr2Of, cr3Of, nefOf, orfOf, type RawParts, rafOf, rw2Of, sensorData } from '../support/raw.ts';

const quality = { quality: 95, chromaSubsampling: '4:4:4' } as const;
const upright = await pixels(await softFlag().png().toBuffer());
/** In sensor orientation: the picture needs a quarter turn to be upright. */
const lying = await sharp(await softFlag().png().toBuffer())
  .rotate(270)
  .png()
  .toBuffer();
const preview = await sharp(lying).jpeg(quality).toBuffer();
const thumbnail = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'black' } })
  .jpeg()
  .toBuffer();
const parts: RawParts = { preview, thumbnail, orientation: 6 };

const makes: Record<string, (parts: RawParts) => Buffer> = {
  'NEF, in Motorola order': nefOf,
  'ARW, in Intel order': (some) => nefOf(some, 'II'),
  CR2: cr2Of,
  CR3: cr3Of,
  RW2: rw2Of,
  ORF: orfOf,
};
for (const [name, make] of Object.entries(makes)) {
  test(`${name}: the largest preview, turned as the raw file says, with its time`, async () => {
    const { pixels: found, taken } = await decoder.decode(make(parts), spec);
    assert.ok(distance(found.data, upright) < 3);
    assert.deepEqual(taken, exifTaken);
  });

  test(`${name}: what the preview says of its orientation does not count as well`, async () => {
    const tagged = await sharp(lying).withMetadata({ orientation: 6 }).jpeg(quality).toBuffer();
    assert.ok(distance(await pixels(make({ ...parts, preview: tagged })), upright) < 3);
  });

  test(`${name}: the limit of pixels holds for the preview`, async () => {
    assert.equal(await fault(make(parts), sharpDecoder({ pixelsMax: 1_000 })), 'too-many-pixels');
  });
}

test('RAF: the preview is upright by its own EXIF block', async () => {
  const tagged = await sharp(lying).withMetadata({ orientation: 6 }).jpeg(quality).toBuffer();
  assert.ok(distance(await pixels(rafOf({ preview: tagged })), upright) < 3);
});

test('a truncated raw picture is rejected, even with a complete preview', async () => {
  const sensorAt = nefOf(parts).length;
  const head = nefOf({ ...parts, sensorAt });
  const whole = Buffer.concat([head, Buffer.alloc(sensorAt - head.length), sensorData]);
  assert.ok(distance(await pixels(whole), upright) < 3);
  assert.equal(await fault(whole.subarray(0, -1)), 'truncated');
  assert.equal(await fault(head), 'truncated');
});

test('a truncated raw picture outside of TIFF structure is rejected', async () => {
  for (const whole of [cr3Of(parts), rafOf({ preview })]) {
    assert.ok((await decoder.decode(whole, spec)).pixels.data.length > 0);
    assert.equal(await fault(whole.subarray(0, -1)), 'truncated');
  }
});

test('a raw picture without a JPEG is rejected', async () => {
  const none = await errorOf(orfOf({ ...parts, preview: Buffer.alloc(10) }));
  assert.equal(none.reason, 'unsupported-format');
  assert.match(none.message, /without a JPEG preview/);
});

test('directories in a cycle are read once', async () => {
  const draft = new TiffDraft('II');
  const first = draft.directory(
    [
      [0x0106, 3, [32803]],
      [0x014a, 4, [8]],
    ],
    8,
  );
  assert.equal(first, 8);
  assert.equal(await fault(draft.finish(first)), 'unsupported-format');
});

test('a TIFF that is no raw picture is decoded as a TIFF', async () => {
  const plain = await softFlag().tiff({ compression: 'lzw' }).toBuffer();
  assert.equal(distance(await pixels(plain), upright), 0);
});

test('no wrong byte does more than damage the picture', async () => {
  const files = [nefOf(parts), cr3Of(parts), rw2Of(parts)];
  for (const whole of files) {
    for (let at = 0; at < whole.length; at += 41) {
      const wrong = Buffer.from(whole);
      wrong[at] = (wrong[at] as number) ^ 0xc1;
      await decoder.decode(wrong, spec).catch((error: unknown) => {
        assert.equal((error as Error).name, 'FrameError', `byte ${at}: ${error}`);
      });
    }
  }
});
