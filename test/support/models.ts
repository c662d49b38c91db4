import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDescriptor } from '../../src/vision/models/descriptor.ts';

type Part = Pick<ModelDescriptor, 'input' | 'output'> & Partial<ModelDescriptor>;

/** Writes a graph and its description into a folder. Returns the path of the description. */
export function writeModel(folder: string, graph: Uint8Array, part: Part): string {
  mkdirSync(folder, { recursive: true });
  const descriptor: ModelDescriptor = {
    name: 'custom',
    version: '1',
    file: 'model.onnx',
    bytes: graph.length,
    sha256: createHash('sha256').update(graph).digest('hex'),
    license: 'MIT',
    ...part,
  };
  writeFileSync(join(folder, 'model.onnx'), graph);
  writeFileSync(join(folder, 'model.json'), JSON.stringify(descriptor));
  return join(folder, 'model.json');
}
