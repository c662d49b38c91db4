import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import calibrations from './teacher-calibrations.json' with { type: 'json' };

/** Networks trained on ImageNet, for comparison, where their files are at hand; described in `folder`. */
export function teacherModels(folder: string): string[] {
  const teachers = fileURLToPath(new URL('../../shared/data/teacher/', import.meta.url));
  const known = [
    { name: 'mobilenetv1', dimensions: 1024 },
    { name: 'mobilenetv2', dimensions: 1280 },
  ] as const;
  return known
    .filter(({ name }) => existsSync(`${teachers}${name}.onnx`))
    .map(({ name, dimensions }) => describe(name, dimensions, `${teachers}${name}.onnx`, folder));
}

type Teacher = keyof typeof calibrations;

function describe(name: Teacher, dimensions: number, file: string, folder: string): string {
  const bytes = readFileSync(file);
  const descriptor = {
    name,
    version: '1',
    file,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
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
    output: { name: 'embedding', dimensions, normalised: false },
    // Fitted on training pictures by scripts/models/calibrate.ts, like those of our own models.
    calibration: calibrations[name],
  };
  mkdirSync(join(folder, name), { recursive: true });
  const path = join(folder, name, 'model.json');
  writeFileSync(path, JSON.stringify(descriptor));
  return path;
}
