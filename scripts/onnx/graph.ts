import { type ElementType, elementTypes, modelProto } from './schema.ts';

/** Version of the ONNX operator set. */
const opset = 17;
const irVersion = 8;

/** An integer, integers, text, or `{ float }`. */
type Attribute = number | readonly number[] | string | { readonly float: number };

/** A dimension is a number, or a name if it is free. */
export type Shape = readonly (number | string)[];

/** The name of a tensor in a graph. */
export type Tensor = string & { readonly brand: 'Tensor' };

/** Collects nodes and writes an ONNX file. */
export class Graph {
  readonly #name: string;
  readonly #nodes: object[] = [];
  readonly #constants: object[] = [];
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: ElementType, shape: Shape): Tensor {
    this.#inputs.push(valueInfo(name, type, shape));
    return name as Tensor;
  }

  /** Adds an operator with one result, optionally named. */
  op(
    type: string,
    inputs: readonly Tensor[],
    attributes: Record<string, Attribute> = {},
    name?: string,
  ): Tensor {
    const [result] = this.ops(type, inputs, 1, attributes, name);
    return result as Tensor;
  }

  /** Adds an operator with several results. */
  ops(
    type: string,
    inputs: readonly Tensor[],
    results: number,
    attributes: Record<string, Attribute> = {},
    name = `${type.toLowerCase()}_${this.#nodes.length}`,
  ): Tensor[] {
    const output = Array.from({ length: results }, (_, i) => (results === 1 ? name : `${name}_${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => ({ name: key, ...encoded(value) }));
    this.#nodes.push({ op_type: type, name, input: inputs, output, attribute });
    return output as Tensor[];
  }

  floats(values: Float32Array | readonly number[], shape: readonly number[] = [values.length]): Tensor {
    return this.#constant('float32', Float32Array.from(values), shape);
  }

  /** Adds a scalar, which broadcasts to any shape. */
  float(value: number): Tensor {
    return this.floats([value], []);
  }

  ints(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
    return this.#constant('int64', BigInt64Array.from(values, BigInt), shape);
  }

  output(tensor: Tensor, type: ElementType, shape: Shape): void {
    this.#outputs.push(valueInfo(tensor, type, shape));
  }

  encode(): Uint8Array {
    const graph = {
      name: this.#name,
      node: this.#nodes,
      initializer: this.#constants,
      input: this.#inputs,
      output: this.#outputs,
    };
    const model = {
      ir_version: irVersion,
      producer_name: 'framesort',
      graph,
      opset_import: [{ version: opset }],
    };
    return modelProto.encode(modelProto.create(model)).finish();
  }

  #constant(type: ElementType, values: Float32Array | BigInt64Array, shape: readonly number[]): Tensor {
    const name = `constant_${this.#constants.length}`;
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#constants.push({ name, data_type: elementTypes[type], dims: shape, raw_data: raw });
    return name as Tensor;
  }
}

function valueInfo(name: string, type: ElementType, shape: Shape): object {
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } } };
}

/** Type numbers of AttributeProto. */
function encoded(value: Attribute): object {
  if (typeof value === 'number') return { i: value, type: 2 };
  if (typeof value === 'string') return { s: Buffer.from(value), type: 3 };
  return 'float' in value ? { f: value.float, type: 1 } : { ints: value, type: 7 };
}
