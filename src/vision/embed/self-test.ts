import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cosine, type Embedding } from '../../domain/embedding.ts';
import type { Pixels } from '../../domain/pixels.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import type { Model } from '../models/descriptor.ts';
import { isOwn } from '../models/registry.ts';
import type { Embedder } from './embedder.ts';

type Open = (model: Model, options: { workers: number; batchMax: number }) => Promise<Embedder>;

const pictures = 4;
const sameSimilarity = 0.9999;
const testValues = 16;
const probeTolerance = 1e-3;

/**
 * Tests the model: its description fits, results do not depend on the batch, and a test picture has the known
 * embedding, if any. Returns the first values of this embedding. Throws FatalError if a test fails.
 */
export async function selfTest(model: Model, open: Open): Promise<number[]> {
  const alone = await embedTestPictures(model, 1, open);
  const together = await embedTestPictures(model, pictures, open);
  const worst = Math.min(...alone.map((one, i) => cosine(one, together[i] as Embedding)));
  if (!(worst >= sameSimilarity)) throw dependsOnBatch(model, worst);
  const probe = Array.from((alone[0] as Embedding).subarray(0, testValues), round);
  compare(model, probe);
  return probe;
}

/**
 * Runs `selfTest` once for each model that is not built in and was not tested at installation. Records the
 * result in `cache`.
 */
export async function selfTestOnce(model: Model, cache: string, open: Open): Promise<void> {
  const marker = join(cache, 'proved', `${model.space.id.replaceAll('/', '_')}.json`);
  if (isOwn(model) || model.descriptor.probe !== undefined || existsSync(marker)) return;
  const probe = await selfTest(model, open);
  try {
    mkdirSync(join(cache, 'proved'), { recursive: true });
    writeFileSync(marker, `${JSON.stringify({ probe })}\n`);
  } catch {
    // A read-only cache: the test runs again next time.
  }
}

async function embedTestPictures(model: Model, batchMax: number, open: Open): Promise<Embedding[]> {
  const embedder = await open(model, { workers: 1, batchMax });
  try {
    // The first picture is embedded alone at once. The remaining pictures wait and form a batch.
    const order = batchMax === 1 ? [0, 1, 2, 3] : [1, 0, 2, 3];
    const embeddings = await Promise.all(order.map((at) => embedder.embed(testPicture(model, at))));
    return order.map((_, at) => embeddings[order.indexOf(at)] as Embedding);
  } finally {
    await embedder.close();
  }
}

/** Colour waves, different for each number. */
function testPicture({ descriptor }: Model, number: number): Pixels {
  const { width, height } = descriptor.input;
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    const turns = ((number + 1) * x) / width + ((i % 3) * y) / height;
    return Math.round(127.5 * (1 + Math.sin(2 * Math.PI * turns)));
  });
  return { data, width, height };
}

function compare({ descriptor, path }: Model, probe: readonly number[]): void {
  const known = descriptor.probe ?? probe;
  const off = Math.max(...known.map((value, i) => Math.abs(value - (probe[i] ?? Number.NaN))));
  if (off <= probeTolerance) return;
  throw new FatalError(
    `test the model ${path}: the test picture has another embedding than before (difference ${off})`,
    {
      hint: 'The runtime or the machine changed the embeddings of the model. Pull the model again, and embed all pictures again.',
      exitCode: exitCodes.configuration,
    },
  );
}

function dependsOnBatch({ path }: Model, worst: number): FatalError {
  return new FatalError(
    `test the model ${path}: its embedding of a picture depends on the others in the batch (similarity ${worst.toFixed(5)})`,
    {
      hint: 'This is usual for models with dynamic quantisation. Set "batchMax": 1 in its model.json.',
      exitCode: exitCodes.configuration,
    },
  );
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
