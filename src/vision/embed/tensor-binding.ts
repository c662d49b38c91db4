import { exitCodes, FatalError } from '../../lib/errors.ts';
import { type Model, type ModelDescriptor, valuesOf } from '../models/descriptor.ts';

/** Matches a model's description to its graph: finds the tensors to feed and to read. */

/** A tensor at the border of a graph. A dimension is a number, or a name if it is free. */
export interface TensorFacts {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface GraphFacts {
  readonly inputs: readonly TensorFacts[];
  readonly outputs: readonly TensorFacts[];
}

/** The parameters of a run. */
export interface TensorBinding {
  readonly input: {
    readonly name: string;
    readonly type: 'uint8' | 'float32';
    readonly shape: readonly number[];
  };
  readonly output: { readonly name: string; readonly pooling: Pooling };
  readonly batchMax: number;
}

export type Pooling = 'none' | 'cls' | 'mean';

/**
 * Throws FatalError if description and graph do not match. The message lists the graph's inputs and outputs.
 */
export function bindTensors(model: Model, facts: GraphFacts): TensorBinding {
  const { descriptor } = model;
  const input = inputOf(descriptor, facts.inputs);
  const output = typeof input === 'string' ? '' : outputOf(descriptor, facts.outputs);
  if (typeof input === 'string') throw bindingError(model, facts, input);
  if (typeof output === 'string') throw bindingError(model, facts, output);
  return {
    input: { name: input.name, type: descriptor.input.type, shape: shapeOf(descriptor.input) },
    output: { name: output.name, pooling: descriptor.output.pooling ?? 'none' },
    batchMax: Math.min(descriptor.batchMax ?? Infinity, input.shape[0] === 1 ? 1 : Infinity),
  };
}

/** Returns an error with the graph's real inputs and outputs. */
export function bindingError({ path }: Model, { inputs, outputs }: GraphFacts, problem: string): FatalError {
  const real = `its inputs are ${inputs.map(describe).join(', ')}; its outputs are ${outputs.map(describe).join(', ')}`;
  return new FatalError(`use the model ${path} as it is described: ${problem}; ${real}`, {
    hint: 'Correct input and output in its model.json.',
    exitCode: exitCodes.configuration,
  });
}

function describe({ name, type, shape }: TensorFacts): string {
  return `${name} (${type} [${shape.join(', ')}])`;
}

/** Returns the tensor to feed, or the mismatch as text. */
function inputOf({ input }: ModelDescriptor, inputs: readonly TensorFacts[]): TensorFacts | string {
  const found = input.name === undefined ? inputs[0] : inputs.find(({ name }) => name === input.name);
  if (found === undefined) return `it has no input ${input.name}`;
  if (inputs.length > 1) return 'it needs more inputs than a picture';
  if (found.type !== input.type) return `its input ${found.name} takes ${found.type}, not ${input.type}`;
  const expected = ['n', ...shapeOf(input)];
  if (!agree(found.shape.slice(1), expected.slice(1)) || found.shape.length !== expected.length)
    return `its input ${found.name} does not take [${expected.join(', ')}] (${input.layout}, ${input.width} × ${input.height})${advice(found, input)}`;
  if (typeof found.shape[0] === 'number' && found.shape[0] > 1)
    return `its input ${found.name} takes exactly ${found.shape[0]} pictures at once`;
  return found;
}

/** Suggests a description that would fit, if the graph tells enough. */
function advice({ shape }: TensorFacts, input: ModelDescriptor['input']): string {
  const other = input.layout === 'NHWC' ? ('NCHW' as const) : ('NHWC' as const);
  if (shape.length !== 4) return '';
  if (agree(shape.slice(1), shapeOf({ ...input, layout: other }))) return `, but would as ${other}`;
  const [height, width] = input.layout === 'NHWC' ? shape.slice(1, 3) : shape.slice(2);
  const isRightLayout = agree([shape[input.layout === 'NHWC' ? 3 : 1] ?? ''], [3]);
  return isRightLayout && height && width ? `, but pictures of ${width} × ${height}` : '';
}

/** Shape of one picture, without the batch dimension. */
export function shapeOf({ layout, width, height }: ModelDescriptor['input']): number[] {
  return layout === 'NHWC' ? [height, width, 3] : [3, height, width];
}

/** Returns the tensor to read, or the mismatch as text. */
function outputOf({ output }: ModelDescriptor, outputs: readonly TensorFacts[]): TensorFacts | string {
  const { name, pooling = 'none' } = output;
  const expected = `${valuesOf(output)} values for each picture with pooling ${pooling}`;
  if (name === undefined) {
    const [found, another] = outputs.filter((one) => gives(one, output));
    if (found === undefined) return `none of its outputs gives ${expected}`;
    return another === undefined ? found : `several of its outputs give ${expected}; set output.name`;
  }
  const found = outputs.find((one) => one.name === name);
  if (found === undefined) return `it has no output ${name}`;
  if (found.type !== 'float32') return `its output ${name} gives ${found.type}, not float32`;
  return gives(found, output) ? found : `its output ${name} does not give ${expected}`;
}

function gives({ type, shape }: TensorFacts, output: ModelDescriptor['output']): boolean {
  const [dimensions, { pooling = 'none' }] = [valuesOf(output), output];
  if (type !== 'float32') return false;
  if (pooling === 'none') return shape.length < 2 || couldBe(shape.slice(1), dimensions);
  if (shape.length === 3) return agree([shape[2] ?? ''], [dimensions]);
  return pooling === 'mean' && shape.length === 4 && agree([shape[1] ?? ''], [dimensions]);
}

/** Whether a shape can hold `values` values. */
function couldBe(shape: TensorFacts['shape'], values: number): boolean {
  const known = shape.filter(isKnown);
  const product = known.reduce((sum, size) => sum * size, 1);
  return known.length === shape.length ? product === values : values % product === 0;
}

/** A free dimension matches any size. */
function agree(found: TensorFacts['shape'], expected: TensorFacts['shape']): boolean {
  return found.every((size, i) => !isKnown(size) || size === expected[i]);
}

function isKnown(size: number | string): size is number {
  return typeof size === 'number' && size > 0;
}
