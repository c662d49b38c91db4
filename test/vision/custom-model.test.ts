import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type StandIn, standIns } from '../../scripts/onnx/stand-ins.ts';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import { FatalError } from '../../src/lib/errors.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { openOnnxEmbedder } from '../../src/vision/embed/onnx-embedder.ts';
import { loadModel, type Model, type ModelDescriptor } from '../../src/vision/models/descriptor.ts';
import { downloadable } from '../../src/vision/models/downloadable.ts';
import { writeModel } from '../support/models.ts';
import { drawPictures } from '../support/pictures.ts';
import { tempFolder } from '../support/temp.ts';

/** Any ONNX file, with a description by hand. */

const pictures = await drawPictures(6, 8);

type Input = ModelDescriptor['input'];
type Output = ModelDescriptor['output'];

const plain: Input = {
  layout: 'NCHW',
  type: 'float32',
  width: 224,
  height: 224,
  resize: { mode: 'fill', kernel: 'linear' },
};

interface Described {
  readonly of: StandIn;
  readonly input?: Partial<Input>;
  readonly output: Output;
}

function describe(context: TestContext, { of, input, output }: Described) {
  return loadModel(
    writeModel(tempFolder(context), standIns[of](), { input: { ...plain, ...input }, output }),
  );
}

async function embedAll(model: Model, batchMax = 4): Promise<Embedding[]> {
  const decoder = sharpDecoder({ pixelsMax: 1_000_000 });
  const embedder = await openOnnxEmbedder(model, { workers: 1, batchMax });
  const embedOne = async (bytes: Buffer) =>
    embedder.embed((await decoder.decode(bytes, model.descriptor.input)).pixels);
  try {
    return await Promise.all(pictures.map(({ bytes }) => embedOne(bytes)));
  } finally {
    await embedder.close();
  }
}

const dinoOutputs = 'its outputs are last_hidden_state (float32 [batch_size, tokens, 384])';
const resnetFacts =
  'its inputs are data (float32 [N, 3, 224, 224]); its outputs are resnetv24_dense0_fwd (float32 [N, 1000])';
const logits: Output = { name: 'resnetv24_dense0_fwd', dimensions: 1000, normalised: false };
const tokens: Output = { name: 'last_hidden_state', dimensions: 384, normalised: false };

const wrong: readonly (readonly [string, Described, string, string])[] = [
  [
    'input name',
    { of: 'resnet50', input: { name: 'imge' }, output: logits },
    'it has no input imge',
    resnetFacts,
  ],
  [
    'layout',
    { of: 'resnet50', input: { layout: 'NHWC' }, output: logits },
    'its input data does not take [n, 224, 224, 3] (NHWC, 224 × 224), but would as NCHW',
    resnetFacts,
  ],
  [
    'type',
    { of: 'resnet50', input: { type: 'uint8' }, output: logits },
    'its input data takes float32, not uint8',
    resnetFacts,
  ],
  [
    'size',
    { of: 'resnet50', input: { width: 256, height: 256 }, output: logits },
    'its input data does not take [n, 3, 256, 256] (NCHW, 256 × 256), but pictures of 224 × 224',
    resnetFacts,
  ],
  [
    'output name',
    { of: 'resnet50', output: { ...logits, name: 'features' } },
    'it has no output features',
    resnetFacts,
  ],
  [
    'dimensions',
    { of: 'resnet50', output: { ...logits, dimensions: 2048 } },
    'its output resnetv24_dense0_fwd does not give 2048 values for each picture with pooling none',
    resnetFacts,
  ],
  [
    'pooling',
    { of: 'resnet50', output: { ...logits, pooling: 'cls' } },
    'its output resnetv24_dense0_fwd does not give 1000 values for each picture with pooling cls',
    resnetFacts,
  ],
  [
    'dimensions of tokens',
    { of: 'dinov2-small', output: { ...tokens, dimensions: 385, pooling: 'cls' } },
    'its output last_hidden_state does not give 385 values for each picture with pooling cls',
    dinoOutputs,
  ],
  [
    'dimensions that the graph leaves open',
    { of: 'dinov2-small', output: tokens },
    'it gives 98688 values for each picture, not 384',
    dinoOutputs,
  ],
];

for (const [what, described, problem, facts] of wrong)
  test(`a wrong ${what} is told, with what the model really takes and gives`, async (context) => {
    await assert.rejects(embedAll(describe(context, described)), (error: unknown) => {
      assert.ok(error instanceof FatalError, `${error}`);
      assert.ok(error.message.includes(problem) && error.message.includes(facts), error.message);
      return true;
    });
  });

test('names of the only input and the only fitting output are optional', async (context) => {
  const model = describe(context, { of: 'clip-vit-b32', output: { dimensions: 512, normalised: false } });
  assert.equal((await embedAll(model))[0]?.length, 512);
});

test('pooling takes the first token, or the mean over tokens', async (context) => {
  // The stand-in's first token is the mean of the other tokens.
  const output: Output = { name: 'last_hidden_state', dimensions: 768, normalised: false };
  const cls = describe(context, { of: 'clip-vit-b32', output: { ...output, pooling: 'cls' } });
  const mean = describe(context, { of: 'clip-vit-b32', output: { ...output, pooling: 'mean' } });
  const [first, all] = [await embedAll(cls), await embedAll(mean)];
  for (const [i, one] of first.entries()) assert.ok(similarity(one, all[i] as Embedding) > 0.99999);
  assert.notEqual(cls.space.id, mean.space.id);
});

test('a model whose results depend on the batch gets one picture at a time, however many wait', async (context) => {
  assert.equal(downloadable('dinov2-small')?.batchMax, 1);
  const part = { input: plain, output: { ...tokens, pooling: 'cls' as const }, batchMax: 1 };
  const model = loadModel(writeModel(tempFolder(context), standIns['dinov2-small'](), part));
  assert.deepEqual(await embedAll(model, 4), await embedAll(model, 1));
});

const teacher = fileURLToPath(new URL('../../../shared/data/teacher/mobilenetv2.onnx', import.meta.url));

async function tellsPlacesApart(context: TestContext): Promise<void> {
  const output = { name: 'embedding', dimensions: 1280, normalised: false };
  const input: Input = { ...plain, name: 'image', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  const path = writeModel(join(tempFolder(context), 'teacher'), readFileSync(teacher), { input, output });
  const embeddings = await embedAll(loadModel(path));
  const groupSimilarity = (same: boolean) =>
    embeddings.flatMap((a, i) =>
      embeddings
        .slice(0, i)
        .flatMap((b, j) => ((pictures[i]?.place === pictures[j]?.place) === same ? [similarity(a, b)] : [])),
    );
  assert.ok(Math.min(...groupSimilarity(true)) > Math.max(...groupSimilarity(false)));
}

if (existsSync(teacher))
  test('a real network, described as custom, separates the places of the film', tellsPlacesApart);
