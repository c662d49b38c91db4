import protobuf from 'protobufjs/minimal.js';

/**
 * What to append to an ONNX file so that `tensor`, a float32 tensor inside its graph, becomes one more output.
 * Protocol buffers that follow one another are one message: fields that repeat are joined, messages within merged.
 * So the file need not be read, however large it is, and what was downloaded stays its beginning.
 */
export function exposing(tensor: string): Uint8Array {
  const tensorType = protobuf.Writer.create().uint32(tag.elementType).int32(float32).finish();
  const type = field(tag.tensorType, tensorType);
  const name = protobuf.Writer.create().uint32(tag.name).string(tensor).finish();
  return field(tag.graph, field(tag.output, Buffer.concat([name, field(tag.type, type)])));
}

const float32 = 1;

/** Number and wire type of the fields in onnx.proto: bytes with a length in front, but for the last. */
const tag = {
  graph: (7 << 3) | 2,
  output: (12 << 3) | 2,
  name: (1 << 3) | 2,
  type: (2 << 3) | 2,
  tensorType: (1 << 3) | 2,
  elementType: (1 << 3) | 0,
} as const;

function field(number: number, content: Uint8Array): Uint8Array {
  return protobuf.Writer.create().uint32(number).bytes(content).finish();
}
