/**
 * Figures on pictures with ground truth, by the way the daemon takes: sharp, the descriptor's resize, onnxruntime.
 *
 *   tsx evaluate.ts MODEL_JSON SCENES [TEACHER_FOLDER]
 *
 * SCENES holds manifest.csv (file, group, seq) and the pictures. Prints a table of the model beside the colour
 * histogram and, where their folder is given, the teachers; then whether a batch equals single pictures, and speed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { loadModel, type ModelDescriptor } from '../../../src/vision/models/descriptor.ts';

const shuffles = 20;
const thresholds = 80;
const sessionOptions: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 };

interface Picture {
  readonly file: string;
  readonly group: string;
  readonly seq: number;
}

interface Figures {
  readonly meanAveragePrecision: number;
  readonly shuffled: number;
  readonly captureOrder: number;
}

type Input = Pick<ModelDescriptor['input'], 'name' | 'width' | 'height' | 'type' | 'layout'> & {
  readonly kernel: ModelDescriptor['input']['resize']['kernel'];
};

const teacherInput: Input = {
  name: 'image',
  width: 224,
  height: 224,
  type: 'float32',
  layout: 'NCHW',
  kernel: 'lanczos3',
};

await main(process.argv.slice(2));

async function main([descriptor, scenes, teachers]: readonly string[]): Promise<void> {
  if (!descriptor || !scenes) throw new Error('usage: evaluate.ts MODEL_JSON SCENES [TEACHER_FOLDER]');
  sharp.concurrency(1);
  const pictures = readManifest(scenes);
  const { path, descriptor: described } = loadModel(descriptor);
  const input: Input = { ...described.input, kernel: described.input.resize.kernel };
  const session = await InferenceSession.create(path, sessionOptions);
  const pixels = await decode(scenes, pictures, input);
  const ours = await embed(session, input, pixels);

  console.log('| embedding | dimensions | mAP | F1 capture order | F1 shuffled |\n|---|---|---|---|---|');
  if (teachers) {
    const large = await decode(scenes, pictures, teacherInput);
    report('HSV histogram', large.map(histogram), pictures);
    for (const name of ['mobilenetv2', 'mobilenetv1']) {
      const teacher = await InferenceSession.create(join(teachers, `${name}.onnx`), sessionOptions);
      report(name, await embed(teacher, teacherInput, large), pictures);
    }
  }
  report(`${described.name} ${described.version}`, ours, pictures);

  const single = await embed(session, input, pixels.slice(0, 64), 1);
  const worst = Math.min(...single.map((vector, index) => dot(vector, ours[index] as Float32Array)));
  console.log(`\nbatch of 8 against single pictures: lowest cosine ${worst.toFixed(7)}`);
  if (teachers) await compareSpeed(session, input, join(teachers, 'mobilenetv2.onnx'));
}

function readManifest(folder: string): Picture[] {
  const rows: Record<string, string>[] = parse(readFileSync(join(folder, 'manifest.csv')), { columns: true });
  return rows.map(({ file = '', group = '', seq = '0' }) => ({ file, group, seq: Number(seq) }));
}

async function decode(folder: string, pictures: readonly Picture[], input: Input): Promise<Buffer[]> {
  const { width, height, kernel } = input;
  const decoded: Buffer[] = [];
  for (const { file } of pictures) {
    const picture = sharp(readFileSync(join(folder, file)))
      .rotate()
      .resize(width, height, { fit: 'fill', kernel });
    decoded.push(await picture.removeAlpha().toColourspace('srgb').raw().toBuffer());
  }
  return decoded;
}

async function embed(
  session: InferenceSession,
  input: Input,
  pixels: readonly Buffer[],
  batch = 8,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let first = 0; first < pixels.length; first += batch) {
    const outputs = await session.run({ [input.name]: toTensor(input, pixels.slice(first, first + batch)) });
    const output = Object.values(outputs)[0] as Tensor;
    const data = output.data as Float32Array;
    const width = output.dims[1] as number;
    for (let at = 0; at < data.length; at += width) vectors.push(unit(data.slice(at, at + width)));
  }
  return vectors;
}

function toTensor({ type, width, height }: Input, pixels: readonly Buffer[]): Tensor {
  const n = pixels.length;
  if (type === 'uint8') return new Tensor('uint8', Buffer.concat(pixels), [n, height, width, 3]);
  const area = width * height;
  const planes = new Float32Array(n * 3 * area);
  for (const [index, rgb] of pixels.entries()) {
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) planes[(index * 3 + c) * area + i] = (rgb[i * 3 + c] as number) / 127.5 - 1;
    }
  }
  return new Tensor('float32', planes, [n, 3, height, width]);
}

/** Square root of an 8 × 8 × 8 histogram over hue, saturation and value. */
function histogram(rgb: Buffer): Float32Array {
  const counts = new Float32Array(512);
  for (let i = 0; i < rgb.length; i += 3) {
    const [r, g, b] = [rgb[i] as number, rgb[i + 1] as number, rgb[i + 2] as number];
    const value = Math.max(r, g, b);
    const spread = value - Math.min(r, g, b);
    let hue = 0;
    if (spread > 0)
      hue =
        value === r ? ((g - b) / spread + 6) % 6 : value === g ? (b - r) / spread + 2 : (r - g) / spread + 4;
    const bin = (part: number) => Math.min(7, Math.floor(part * 8));
    const at = bin(hue / 6) * 64 + bin(value ? spread / value : 0) * 8 + bin(value / 255);
    counts[at] = (counts[at] as number) + 1;
  }
  return unit(counts.map(Math.sqrt));
}

function report(name: string, vectors: readonly Float32Array[], pictures: readonly Picture[]): void {
  const { meanAveragePrecision, shuffled, captureOrder } = measure(vectors, pictures);
  const cells = [meanAveragePrecision, captureOrder, shuffled].map((value) => value.toFixed(4));
  console.log(`| ${[name, vectors[0]?.length, ...cells].join(' | ')} |`);
}

function measure(vectors: readonly Float32Array[], pictures: readonly Picture[]): Figures {
  const groups = pictures.map(({ group }) => group);
  const similarity = vectors.map((a) => Float64Array.from(vectors, (b) => dot(a, b)));
  const random = mulberry32(7);
  const indices = pictures.map((_, index) => index);
  const over = (order: () => number[]) =>
    mean(Array.from({ length: shuffles }, () => oracleF1(similarity, groups, order())));
  return {
    meanAveragePrecision: averagePrecision(similarity, groups),
    shuffled: over(() => shuffle(indices, random)),
    captureOrder: over(() => inCaptureOrder(pictures, random)),
  };
}

/** Every picture as query against all others; those without a positive are skipped. */
function averagePrecision(similarity: readonly Float64Array[], groups: readonly string[]): number {
  const scores: number[] = [];
  for (const [query, row] of similarity.entries()) {
    const others = groups.map((_, index) => index).filter((index) => index !== query);
    others.sort((a, b) => (row[b] as number) - (row[a] as number));
    const precisions: number[] = [];
    for (const [place, other] of others.entries()) {
      if (groups[other] === groups[query]) precisions.push((precisions.length + 1) / (place + 1));
    }
    if (precisions.length > 0) scores.push(mean(precisions));
  }
  return mean(scores);
}

/** The best BCubed F1 that one threshold reaches when each picture joins its nearest earlier one, or founds. */
function oracleF1(
  similarity: readonly Float64Array[],
  groups: readonly string[],
  order: readonly number[],
): number {
  const joins = order.map((picture, place) => {
    let best = { picture, neighbour: -1, similarity: Number.NEGATIVE_INFINITY };
    for (const neighbour of order.slice(0, place)) {
      const value = similarity[picture]?.[neighbour] as number;
      if (value > best.similarity) best = { picture, neighbour, similarity: value };
    }
    return best;
  });
  const sorted = joins
    .slice(1)
    .map((join) => join.similarity)
    .sort((a, b) => a - b);
  let best = 0;
  for (let i = 0; i < thresholds; i++) {
    const threshold = sorted[Math.floor((i / thresholds) * sorted.length)] as number;
    const labels: number[] = [];
    for (const { picture, neighbour, similarity: value } of joins) {
      labels[picture] = value >= threshold ? (labels[neighbour] as number) : picture;
    }
    best = Math.max(best, bcubed(labels, groups));
  }
  return best;
}

function bcubed(labels: readonly number[], groups: readonly string[]): number {
  const count = (keys: readonly (string | number)[]) => {
    const counts = new Map<string | number, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return keys.map((key) => counts.get(key) as number);
  };
  const both = count(labels.map((label, index) => `${label} ${groups[index]}`));
  const [inLabel, inGroup] = [count(labels), count(groups)];
  const precision = mean(both.map((n, index) => n / (inLabel[index] as number)));
  const recall = mean(both.map((n, index) => n / (inGroup[index] as number)));
  return (2 * precision * recall) / (precision + recall);
}

function inCaptureOrder(pictures: readonly Picture[], random: () => number): number[] {
  const members = new Map<string, number[]>();
  for (const [index, { group }] of pictures.entries())
    members.set(group, [...(members.get(group) ?? []), index]);
  const seq = (index: number) => pictures[index]?.seq as number;
  return shuffle([...members.values()], random).flatMap((indices) =>
    indices.toSorted((a, b) => seq(a) - seq(b)),
  );
}

/** Both sessions in turn, five rounds of 40 pictures in batches of 4, each by the CPU time it took. */
async function compareSpeed(ours: InferenceSession, input: Input, mobilenetv2: string): Promise<void> {
  const theirs = await InferenceSession.create(mobilenetv2, sessionOptions);
  const rate = async (session: InferenceSession, { width, height, ...rest }: Input) => {
    const pixels = Array.from({ length: 4 }, () => Buffer.alloc(width * height * 3, 100));
    const tensor = toTensor({ width, height, ...rest }, pixels);
    await session.run({ [rest.name]: tensor });
    const before = process.cpuUsage();
    for (let i = 0; i < 10; i++) await session.run({ [rest.name]: tensor });
    const { user, system } = process.cpuUsage(before);
    return 40 / ((user + system) / 1e6);
  };
  const rounds: [number, number][] = [];
  for (let i = 0; i < 5; i++) rounds.push([await rate(ours, input), await rate(theirs, teacherInput)]);
  const median = (values: number[]) => values.sort((a, b) => a - b)[2] as number;
  const [mine, other] = [median(rounds.map(([a]) => a)), median(rounds.map(([, b]) => b))];
  console.log(
    `pictures per CPU-second: ${mine.toFixed(0)}, mobilenetv2 at 224 px ${other.toFixed(0)}, ratio ${(mine / other).toFixed(2)}`,
  );
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** A small seeded generator, so that every run shuffles alike. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
