import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { Calibration } from '../../domain/calibration.ts';
import type { Embedding, EmbeddingSpace } from '../../domain/embedding.ts';
import { cellsFrom, cellsMax, cellValues } from '../../domain/similarity/cells.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** The input of a model: a PixelSpec and the resulting tensor. */
export const inputSchema = z
  .strictObject({
    /** Optional if the graph has a single input. */
    name: z.string().optional(),
    layout: z.enum(['NHWC', 'NCHW']),
    type: z.enum(['uint8', 'float32']),
    width: z.int().positive(),
    height: z.int().positive(),
    resize: z.strictObject({
      mode: z.enum(['fill', 'crop']),
      shortSide: z.int().positive().optional(),
      kernel: z.enum([
        'bilinear',
        'bicubic',
        'nearest',
        'linear',
        'cubic',
        'mitchell',
        'lanczos2',
        'lanczos3',
      ]),
    }),
    /** For float32 input: value = (pixel / 255 - mean) / std, by channel R, G, B. */
    mean: z.tuple([z.number(), z.number(), z.number()]).optional(),
    std: z.tuple([z.number(), z.number(), z.number()]).optional(),
  })
  .refine(
    ({ width, height, resize }) =>
      resize.mode === 'fill' || (resize.shortSide ?? Infinity) >= Math.max(width, height),
    'resize.shortSide must be at least as long as the sides of the input',
  );

export const outputSchema = z.strictObject({
  /** Optional if a single output of the graph fits. */
  name: z.string().optional(),
  dimensions: z.int().positive(),
  /** Number of cells, 64 values each, behind the vector of the whole picture. */
  cells: z.int().positive().max(cellsMax).optional(),
  /** Whether the graph itself normalises its vectors. */
  normalised: z.boolean(),
  /** `cls`: the first of several tokens; `mean`: the mean over tokens, or over the positions of a map. */
  pooling: z.enum(['none', 'cls', 'mean']).optional(),
});

/** The descriptor beside a model file: `model.json`. */
const descriptorSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  /** The ONNX file, relative to the descriptor. */
  file: z.string(),
  bytes: z.int().positive(),
  sha256: sha256Schema,
  license: z.string(),
  input: inputSchema,
  output: outputSchema,
  /** Most pictures per run, for models whose results depend on the batch. */
  batchMax: z.int().positive().optional(),
  /** Optional: without a calibration, `strictness` needs a tuned one. */
  calibration: z
    .strictObject({
      similarity: z.array(z.number()).nonempty(),
      probability: z.array(z.number()).nonempty(),
      precision: z.array(z.number()).nonempty(),
      pairs: z.strictObject({ slope: z.number().positive(), centre: z.number() }),
      crowding: z.number().min(-1).max(1).optional(),
    })
    .optional(),
  /** The downloaded file; the installed file may have one more output. */
  source: z.strictObject({ bytes: z.int().positive(), sha256: sha256Schema }).optional(),
  /** The first values of a test picture's embedding. */
  probe: z.array(z.number()).nonempty().optional(),
});

export type ModelDescriptor = z.infer<typeof descriptorSchema>;

/** Values per picture in the graph's output, by its description. */
export function valuesOf({ dimensions, cells = 0 }: ModelDescriptor['output']): number {
  return dimensions + cells * cellValues;
}

/** Returns the embedding in a graph's output for one picture. The first values are a unit vector. */
export function embeddingOf(values: Float32Array, { dimensions }: ModelDescriptor['output']): Embedding {
  const vector = values.slice(0, dimensions) as Embedding;
  const places = values.subarray(dimensions);
  return places.length === 0 ? vector : Object.assign(vector, { cells: cellsFrom(places) });
}

/** A described model with a verified file. */
export interface Model {
  readonly descriptor: ModelDescriptor;
  readonly path: string;
  readonly space: EmbeddingSpace;
  /** Undefined if the model was never calibrated. */
  readonly calibration: Calibration | undefined;
}

/** Reads a descriptor and verifies the model file beside it. Throws FatalError with the difference. */
export function loadModel(descriptorPath: string): Model {
  const descriptor = parse(descriptorPath);
  const path = resolve(dirname(descriptorPath), descriptor.file);
  verify(path, descriptor);
  return modelOf(descriptor, path);
}

export function modelOf(descriptor: ModelDescriptor, path: string): Model {
  return { descriptor, path, space: spaceOf(descriptor), calibration: descriptor.calibration };
}

/** The space covers everything that changes a vector: the weights and the preprocessing. */
function spaceOf({ name, version, sha256, input, output }: ModelDescriptor): EmbeddingSpace {
  const digest = createHash('sha256').update(JSON.stringify({ sha256, input, output })).digest('hex');
  return { id: `${name}@${version}+${digest.slice(0, 12)}`, dimensions: output.dimensions };
}

function parse(path: string): ModelDescriptor {
  try {
    return descriptorSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw configurationError(`read the model descriptor ${path}: ${describe(error)}`, error);
  }
}

function verify(path: string, { bytes, sha256 }: ModelDescriptor): void {
  let found: Buffer;
  try {
    found = readFileSync(path);
  } catch (error) {
    throw configurationError(`read the model ${path}: ${describe(error)}`, error);
  }
  const hash = createHash('sha256').update(found).digest('hex');
  if (found.length === bytes && hash === sha256) return;
  throw configurationError(
    `check the model ${path}: expected ${bytes} bytes with sha256 ${sha256}, found ${found.length} bytes with ${hash}`,
  );
}

function configurationError(message: string, cause?: unknown): FatalError {
  const hint =
    'Correct the descriptor of your own model; pull a downloaded model again; reinstall framesort for a built-in model.';
  return new FatalError(message, { cause, hint, exitCode: exitCodes.configuration });
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
