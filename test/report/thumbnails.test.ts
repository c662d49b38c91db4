import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { nodeFileSystem } from '../../src/lib/fs/file-system.ts';
import { drawSheets, tileFor } from '../../src/report/thumbnails.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { tempFolder } from '../support/temp.ts';

const decoder = sharpDecoder({ pixelsMax: 1e8 });

test('each frame has a tile from its first readable path; frames without one are listed', async (context) => {
  const folder = tempFolder(context);
  const paint = async (name: string, background: string) => {
    const create = { width: 40, height: 30, channels: 3 as const, background };
    writeFileSync(join(folder, name), await sharp({ create }).png().toBuffer());
    return join(folder, name);
  };
  const red = await paint('red.png', '#f00');
  const frames = Array.from({ length: 66 }, () => [red]);
  frames[9] = [join(folder, 'gone'), await paint('blue.png', '#00f')];
  frames[65] = [join(folder, 'gone')];
  let looked = 0;
  const onLook = () => void looked++;
  const sheets = await drawSheets(
    frames,
    { decoder, files: nodeFileSystem, concurrency: 2, onPicture: onLook },
    16,
  );
  assert.equal(looked, 66);
  assert.equal(sheets.images.length, 2);
  assert.deepEqual(sheets.layout, { tile: 16, columns: 8, perSheet: 64, missing: [65] });
  const { data, info } = await sharp(sheets.images[0]).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [128, 128]);
  const colourAt = (x: number, y: number) =>
    Array.from(data.subarray(3 * (y * 128 + x), 3 * (y * 128 + x) + 3));
  const [r = 0, , b = 0] = colourAt(24, 24); // the tenth: second in the second row
  assert.ok(b > 200 && r < 60, `${r} ${b}`);
  assert.ok((colourAt(8, 8)[0] ?? 0) > 200);
});

test('more frames get smaller thumbnails', () => {
  assert.deepEqual([1, 1_000, 1_001, 10_000].map(tileFor), [128, 128, 96, 64]);
});
