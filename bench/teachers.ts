import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelDescriptor } from '../src/vision/models/descriptor.ts';
import calibrations from './teacher-calibrations.json' with { type: 'json' };

/**
 * Networks trained on ImageNet, for comparison, if their files are available. Writes their descriptors to
 * `folder`. `mobilenetv1-cells` adds an output for the cells of the last map; models/builtin/recipe/cells.py
 * fitted its weights on training pictures.
 */
export function teacherModels(folder: string): string[] {
  return teachers.filter(({ of }) => existsSync(fileOf(of))).map((teacher) => describe(teacher, folder));
}

interface Teacher {
  readonly name: keyof typeof calibrations;
  readonly of: string;
  readonly output: ModelDescriptor['output'];
}

const teachers: readonly Teacher[] = [
  {
    name: 'mobilenetv1',
    of: 'mobilenetv1',
    output: { name: 'embedding', dimensions: 1024, normalised: false },
  },
  {
    name: 'mobilenetv1-cells',
    of: 'mobilenetv1',
    output: { name: 'described', dimensions: 1024, cells: 49, normalised: false },
  },
  {
    name: 'mobilenetv2',
    of: 'mobilenetv2',
    output: { name: 'embedding', dimensions: 1280, normalised: false },
  },
];

function fileOf(teacher: string): string {
  return fileURLToPath(new URL(`../../shared/data/teacher/${teacher}.onnx`, import.meta.url));
}

/** Bytes appended to the file in the model. */
function partOf(name: string): Buffer {
  const part = new URL(`${name}.onnx.part`, import.meta.url);
  return existsSync(part) ? readFileSync(part) : Buffer.alloc(0);
}

function describe({ name, of, output }: Teacher, folder: string): string {
  const model = Buffer.concat([readFileSync(fileOf(of)), partOf(name)]);
  const descriptor = {
    name,
    version: '1',
    file: 'model.onnx',
    bytes: model.length,
    sha256: createHash('sha256').update(model).digest('hex'),
    license: 'Apache-2.0',
    input: {
      name: 'image',
      layout: 'NCHW',
      type: 'float32',
      width: 224,
      height: 224,
      resize: { mode: 'fill', kernel: 'linear' },
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
    output,
    // Fitted on training pictures by scripts/models/calibrate.ts, like our own models' calibrations.
    calibration: calibrations[name],
  };
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, descriptor.file), model);
  const path = join(folder, name, 'model.json');
  writeFileSync(path, JSON.stringify(descriptor));
  return path;
}
