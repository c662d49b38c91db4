import protobuf from 'protobufjs/minimal.js';

/**
 * Returns the bytes to append to an ONNX file to expose `tensor`, a float32 tensor of the graph, as an
 * additional output. Concatenated protocol buffers form one message: repeated fields are joined, nested
 * messages merged. The file need not be read, however large, and still starts with the downloaded bytes.
 */
export function exposing(tensor: string): Uint8Array {
  const tensorType = protobuf.Writer.create().uint32(tag.elementType).int32(float32).finish();
  const type = field(tag.tensorType, tensorType);
  const name = protobuf.Writer.create().uint32(tag.name).string(tensor).finish();
  return field(tag.graph, field(tag.output, Buffer.concat([name, field(tag.type, type)])));
}

const float32 = 1;

/** Field numbers and wire types of onnx.proto: length-delimited, except the last. */
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
