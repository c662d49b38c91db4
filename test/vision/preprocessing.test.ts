import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import sharp from 'sharp';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { fill } from '../../src/vision/embed/tensor.ts';
import { downloadable } from '../../src/vision/models/downloadable.ts';

/**
 * The tensor for a downloaded model equals that of its reference implementation. Values from torchvision on
 * Pillow: scripts/make-preprocessing-fixture.py.
 */

const fixtures = new URL('../fixtures/', import.meta.url);

interface Case {
  readonly spec: 'imagenet' | 'dinov2' | 'clip';
  /** A picture drawn here, or a file. */
  readonly width?: number;
  readonly height?: number;
  readonly file?: string;
  readonly values: readonly number[];
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('preprocessing.json', fixtures), 'utf8'));
const modelOf = { imagenet: 'resnet50', dinov2: 'dinov2-small', clip: 'clip-vit-b32' } as const;

/** The same picture as in the script. */
function drawn(width: number, height: number): Promise<Buffer> {
  const data = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      data[to++] = x * 7 + y * 3 + Math.floor((x * y) / 5);
      data[to++] = (x ^ y) * 5;
      data[to++] = Math.floor((x * x) / (y + 7)) + y * 11;
    }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

async function largestDifference({ spec, width = 0, height = 0, file, values }: Case): Promise<number> {
  const bytes = file === undefined ? await drawn(width, height) : readFileSync(new URL(file, fixtures));
  const input = downloadable(modelOf[spec])?.input;
  assert.ok(input);
  const { pixels } = await sharpDecoder({ pixelsMax: 10_000_000 }).decode(bytes, input);
  const tensor = new Float32Array(pixels.data.length);
  fill(tensor, pixels, input);
  const differences = values.map((value, i) =>
    Math.abs(value - (tensor[(i * 7919) % tensor.length] as number)),
  );
  return Math.max(...differences);
}

for (const one of cases) {
  const { spec, file, width, height } = one;
  test(`${spec}: ${file ?? `${width} × ${height}`} becomes the tensor of the reference`, async (context) => {
    const difference = await largestDifference(one);
    context.diagnostic(`largest difference ${difference}`);
    assert.ok(difference < 2e-6, `${difference}`);
  });
}
