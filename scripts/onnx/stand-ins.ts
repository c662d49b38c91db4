import { seededRandom } from '../../src/lib/random.ts';
import { Graph, type Tensor } from './graph.ts';
import { reshaped } from './layers.ts';

/**
 * Small graphs with random weights and the inputs and outputs of the published models: for tests without the
 * real weights.
 */

export const standIns = {
  resnet50: () => convolutional('data', ['resnetv24_pool1_fwd', 2048], 'resnetv24_dense0_fwd'),
  'resnet50-v1': () => convolutional('data', ['resnetv17_pool1_fwd', 2048], 'resnetv17_dense0_fwd'),
  mobilenetv2: () => convolutional('input', ['464', 1280], 'output'),
  'clip-vit-b32': () => clipTower(),
  'clip-vit-b32-fp16': () => clipTower(),
  'dinov2-small': () => dinov2(),
} as const;

export type StandIn = keyof typeof standIns;

const side = 224;

/** An inner feature tensor, and classes as output. */
function convolutional(input: string, [feature, width]: [string, number], classes: string): Uint8Array {
  const graph = new Graph(`stand-in ${classes}`);
  const image = graph.input(input, 'float32', ['N', 3, side, side]);
  const cells = graph.op('AveragePool', [image], { kernel_shape: [32, 32], strides: [32, 32] });
  const maps = graph.op('Relu', [graph.op('Conv', [cells, weights(graph, [width, 3, 1, 1], 1)])]);
  const pooled = graph.op('GlobalAveragePool', [maps], {}, feature);
  const narrow = graph.op('MatMul', [reshaped(graph, pooled, [0, width]), weights(graph, [width, 8], 2)]);
  const logits = graph.op('MatMul', [narrow, weights(graph, [8, 1000], 3)], {}, classes);
  graph.output(logits, 'float32', ['N', 1000]);
  return graph.encode();
}

function clipTower(): Uint8Array {
  const graph = new Graph('stand-in clip');
  const tokens = tokensOf(graph, { patch: 32, width: 768, name: 'last_hidden_state' });
  const [first] = graph.ops('Split', [tokens, graph.ints([1, 49])], 2, { axis: 1 }) as [Tensor];
  const projected = graph.op(
    'MatMul',
    [reshaped(graph, first, [0, 768]), weights(graph, [768, 512], 5)],
    {},
    'image_embeds',
  );
  graph.output(projected, 'float32', ['batch_size', 512]);
  graph.output(tokens, 'float32', ['batch_size', 50, 768]);
  return graph.encode();
}

/** Depends on the other pictures of the batch, like all models with dynamic quantisation. */
function dinov2(): Uint8Array {
  const graph = new Graph('stand-in dinov2');
  const tokens = tokensOf(graph, { patch: 14, width: 384 });
  const brightest = graph.op('ReduceMax', [tokens], { axes: [0, 1] });
  const company = graph.op('Mul', [brightest, graph.float(0.5)]);
  const shifted = graph.op('Add', [tokens, company], {}, 'last_hidden_state');
  graph.output(shifted, 'float32', ['batch_size', 'tokens', 384]);
  return graph.encode();
}

interface Tokens {
  readonly patch: number;
  readonly width: number;
  readonly name?: string;
}

/** `pixel_values` → the mean of all patches, then each patch. */
function tokensOf(graph: Graph, { patch, width, name }: Tokens): Tensor {
  const image = graph.input('pixel_values', 'float32', ['batch_size', 3, 'height', 'width']);
  const cells = graph.op('AveragePool', [image], { kernel_shape: [patch, patch], strides: [patch, patch] });
  const maps = graph.op('Conv', [cells, weights(graph, [width, 3, 1, 1], 4)]);
  const patches = graph.op('Transpose', [reshaped(graph, maps, [0, width, -1])], { perm: [0, 2, 1] });
  const cls = graph.op('ReduceMean', [patches], { axes: [1] });
  return graph.op('Concat', [cls, patches], { axis: 1 }, name);
}

function weights(graph: Graph, shape: readonly number[], seed: number): Tensor {
  const random = seededRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return graph.floats(
    Float32Array.from({ length: count }, () => random.between(-1, 1)),
    shape,
  );
}
