/**
 * Decodes every training picture once and computes what the teachers say about it.
 *
 *   tsx prepare.ts PICTURES GROUPS_CSV TEACHER_FOLDER|none OUT [WORKERS [SIDE]]
 *
 * PICTURES holds `<group>/<nn>.webp`. Without teachers only pixels are written: enough to calibrate a model whose input
 * has another side than the 160 of training. OUT receives
 *   pixels.u8      n × SIDE × SIDE × 3, RGB, stretched to the square with sharp's lanczos3
 *   targets.f32    n × 2304: MobileNetV1's 1024 values, then MobileNetV2's 1280, each part of length 1
 *   pictures.csv   file, group, source: one line per row of the above
 */
import { fork } from 'node:child_process';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const usualSide = 160;
const teacherSide = 224;
const teachers = ['mobilenetv1', 'mobilenetv2'];
const dimensions = 1024 + 1280;
const batch = 8;

interface Job {
  readonly pictures: string;
  readonly teacherFolder: string;
  readonly out: string;
  readonly side: number;
  readonly files: readonly string[];
  readonly part: number;
  readonly parts: number;
}

if (process.send) process.once('message', (job: Job) => void work(job).then(() => process.disconnect()));
else main(process.argv.slice(2));

function main(args: readonly string[]): void {
  const [pictures, groupsCsv, teacherFolder, out, workers = '2', side = String(usualSide)] = args;
  if (!pictures || !groupsCsv || !teacherFolder || !out) {
    throw new Error('usage: prepare.ts PICTURES GROUPS_CSV TEACHER_FOLDER|none OUT [WORKERS [SIDE]]');
  }
  const rows = list(pictures, groupsCsv);
  writeFileSync(
    join(out, 'pictures.csv'),
    `file,group,source\n${rows.map((row) => row.join(',')).join('\n')}\n`,
  );
  const targetBytes = teacherFolder === 'none' ? 0 : dimensions * 4;
  const sizes = { 'pixels.u8': Number(side) ** 2 * 3, 'targets.f32': targetBytes };
  for (const [name, bytes] of Object.entries(sizes)) {
    closeSync(openSync(join(out, name), 'w'));
    truncateSync(join(out, name), bytes * rows.length);
  }
  const files = rows.map(([file]) => file);
  const parts = Number(workers);
  for (let part = 0; part < parts; part++) {
    const job: Job = { pictures, teacherFolder, out, side: Number(side), files, part, parts };
    fork(fileURLToPath(import.meta.url)).send(job);
  }
}

/** File, group and source of every picture, in the order of the manifest. */
function list(pictures: string, groupsCsv: string): [string, string, string][] {
  const groups: Record<string, string>[] = parse(readFileSync(groupsCsv), { columns: true });
  return groups.flatMap(({ group = '', source_repo: source = '' }) =>
    readdirSync(join(pictures, group))
      .sort()
      .map((name): [string, string, string] => [`${group}/${name}`, group, source.replaceAll(',', ' ')]),
  );
}

async function work({ pictures, teacherFolder, out, side, files, part, parts }: Job): Promise<void> {
  sharp.concurrency(1);
  const options: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const sessions = await Promise.all(
    (teacherFolder === 'none' ? [] : teachers).map((name) =>
      InferenceSession.create(join(teacherFolder, `${name}.onnx`), options),
    ),
  );
  const open = (name: string) => openSync(join(out, name), 'r+');
  const [pixels, targets] = [open('pixels.u8'), open('targets.f32')];
  for (let first = part * batch; first < files.length; first += parts * batch) {
    const names = files.slice(first, first + batch);
    const decoded = await Promise.all(names.map((name) => decode(join(pictures, name), side)));
    for (const [index, { small }] of decoded.entries()) {
      writeSync(pixels, small, 0, small.length, (first + index) * small.length);
    }
    if (part === 0 && first % 800 === 0) console.log(`${first} of ${files.length}`);
    if (sessions.length === 0) continue;
    const input = new Float32Array(names.length * 3 * teacherSide ** 2);
    for (const [index, { large }] of decoded.entries()) {
      fill(input, index, large);
    }
    const vectors = await embed(sessions, input, names.length);
    writeSync(targets, vectors, 0, vectors.byteLength, first * dimensions * 4);
  }
}

async function decode(path: string, side: number): Promise<{ small: Buffer; large: Buffer }> {
  const picture = sharp(readFileSync(path));
  const stretched = (width: number, height: number) =>
    picture.clone().rotate().resize(width, height, { fit: 'fill' }).removeAlpha().toColourspace('srgb');
  const [small, large] = await Promise.all([
    stretched(side, side).raw().toBuffer(),
    stretched(teacherSide, teacherSide).raw().toBuffer(),
  ]);
  return { small, large };
}

/** Writes a picture as planes in [-1, 1] into place `index` of the batch. */
function fill(input: Float32Array, index: number, rgb: Buffer): void {
  const area = teacherSide ** 2;
  for (let y = 0; y < teacherSide; y++) {
    for (let x = 0; x < teacherSide; x++) {
      const from = (y * teacherSide + x) * 3;
      const to = index * 3 * area + y * teacherSide + x;
      for (let c = 0; c < 3; c++) input[to + c * area] = (rgb[from + c] as number) / 127.5 - 1;
    }
  }
}

async function embed(
  sessions: readonly InferenceSession[],
  input: Float32Array,
  count: number,
): Promise<Float32Array> {
  const vectors = new Float32Array(count * dimensions);
  let offset = 0;
  for (const session of sessions) {
    const image = new Tensor('float32', input, [count, 3, teacherSide, teacherSide]);
    const { embedding } = await session.run({ image });
    if (!embedding) throw new Error('the teacher has no output "embedding"');
    const data = embedding.data as Float32Array;
    const width = data.length / count;
    for (let row = 0; row < count; row++) {
      const one = data.subarray(row * width, (row + 1) * width);
      const scale = 1 / Math.hypot(...one);
      vectors.set(
        one.map((value) => value * scale),
        row * dimensions + offset,
      );
    }
    offset += width;
  }
  return vectors;
}
