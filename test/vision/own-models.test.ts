import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Part, partNames, partsGraph, side } from '../../scripts/models/classical.ts';
import { histogramGraph } from '../../scripts/models/histogram.ts';
import { cosine, type Embedding, similarity } from '../../src/domain/embedding.ts';
import type { Pixels } from '../../src/domain/pixels.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { openOnnxEmbedder } from '../../src/vision/embed/onnx-embedder.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { drawPictures } from '../support/pictures.ts';

/** Invariants of every built-in model. */

const names = ['builtin', 'classical', 'histogram'];
const pictures = await drawPictures(16, 5);
const decoder = sharpDecoder({ pixelsMax: 1_000_000 });

async function decodedFor(name: string): Promise<Pixels[]> {
  const { input } = findModel(name).descriptor;
  return Promise.all(pictures.map(async ({ bytes }) => (await decoder.decode(bytes, input)).pixels));
}

async function embedAll(name: string, pixels: readonly Pixels[], batchMax: number): Promise<Embedding[]> {
  const embedder = await openOnnxEmbedder(findModel(name), { workers: 1, batchMax });
  try {
    return await Promise.all(pixels.map((one) => embedder.embed(one)));
  } finally {
    await embedder.close();
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

for (const name of names) {
  test(`${name}: a batch of any size gives the same vectors, and frames of one place are more alike`, async () => {
    const pixels = await decodedFor(name);
    const alone = await embedAll(name, pixels, 1);
    const together = await embedAll(name, pixels, 16);
    for (const [i, one] of together.entries()) {
      assert.ok(cosine(one, alone[i] as Embedding) > 0.99999);
      assert.deepEqual(one.cells, alone[i]?.cells);
    }
    const [near, far]: [number[], number[]] = [[], []];
    for (const [a, one] of alone.entries())
      for (const [b, other] of alone.slice(0, a).entries())
        (pictures[a]?.place === pictures[b]?.place ? near : far).push(similarity(one, other));
    assert.ok(meanOf(near) > meanOf(far) + 0.2, `${meanOf(near)} and ${meanOf(far)}`);
  });

  test(`${name}: a picture of one colour has a vector like any other`, async () => {
    for (const level of [0, 128, 255]) {
      const { width, height } = findModel(name).descriptor.input;
      const flat = { data: new Uint8Array(width * height * 3).fill(level), width, height };
      await embedAll(name, [flat], 1); // the embedder rejects vectors without finite unit length
    }
  });
}

test('the histogram counts the pixels of each bin', async () => {
  const pixels = await decodedFor('histogram');
  const embeddings = await embedAll('histogram', pixels, 4);
  for (const [i, { data }] of pixels.entries()) {
    const plural = histogramOf(data);
    // Rounding may put a pixel on an edge into the next bin.
    assert.ok(similarity(embeddings[i] as Embedding, plural as Embedding) > 0.99, `picture ${i}`);
  }
});

/** The same, written in another way. */
function histogramOf(rgb: Uint8Array): Float32Array {
  const bins = new Float32Array(512);
  for (let i = 0; i < rgb.length; i += 3) {
    const bin = binOf(rgb[i] as number, rgb[i + 1] as number, rgb[i + 2] as number);
    bins[bin] = (bins[bin] as number) + 1;
  }
  return bins.map((count) => Math.sqrt(count / (rgb.length / 3)));
}

function binOf(r: number, g: number, b: number): number {
  const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
  const saturation = high === 0 ? 0 : (high - low) / high;
  const eighth = (share: number) => Math.min(7, Math.floor(share * 8));
  return 64 * eighth(hue(r, g, b, high, high - low)) + 8 * eighth(saturation) + eighth(high / 255);
}

/** In [0, 1). */
function hue(r: number, g: number, b: number, high: number, range: number): number {
  if (range === 0) return 0;
  if (high === r) return (((g - b) / range + 6) % 6) / 6;
  return (high === g ? (b - r) / range + 2 : (r - g) / range + 4) / 6;
}

test('the histogram model equals the output of its script', () => {
  assert.ok(readFileSync(findModel('histogram').path).equals(histogramGraph()));
});

test("the parts of the classical descriptor equal PyTorch's", async (context) => {
  const file = new URL('../fixtures/classical.json', import.meta.url);
  const cases: Record<Part, number[]>[] = JSON.parse(readFileSync(file, 'utf8'));
  let largest = 0;
  for (const [number, expected] of cases.entries()) {
    const parts = await partsOf(drawn(number));
    for (const name of partNames)
      for (const [i, value] of expected[name].entries()) {
        const found = parts[name]?.data as Float32Array;
        largest = Math.max(largest, Math.abs(value - (found[(i * 7919) % found.length] as number)));
      }
  }
  context.diagnostic(`largest difference ${largest}`);
  assert.ok(largest < 1e-5, `${largest}`);
});

async function partsOf(data: Uint8Array) {
  const session = await InferenceSession.create(partsGraph(), { intraOpNumThreads: 1 });
  try {
    return await session.run({ image: new Tensor('uint8', data, [1, side, side, 3]) });
  } finally {
    await session.release();
  }
}

/** The same pictures as in scripts/make-classical-fixture.py. */
function drawn(number: number): Uint8Array {
  return Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    const isLight = (Math.floor(x / 20) + Math.floor(y / 30)) % 2 === 1;
    const red = Math.floor((x * (number + 1)) / 2) + y;
    const green = Math.floor((x * y) / (20 + 10 * number));
    const blue = isLight ? 220 - x : 40 + 30 * number;
    return [red, green, blue][i % 3] as number;
  });
}
