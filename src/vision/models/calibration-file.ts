import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Calibration } from '../../domain/calibration.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import type { Model } from './descriptor.ts';

const rising = z
  .array(z.number())
  .nonempty()
  .refine(
    (values) => values.every((value, at) => at === 0 || (values[at - 1] as number) <= value),
    'values must not fall',
  );

/** The user's own calibration of one space. */
const fileSchema = z.strictObject({
  /** The space's id: the model with its preprocessing. */
  space: z.string(),
  calibration: z
    .strictObject({
      similarity: rising,
      probability: rising,
      precision: rising,
      pairs: z.strictObject({ slope: z.number().positive(), centre: z.number() }),
      crowding: z.number().min(-1).max(1).optional(),
    })
    .refine(
      ({ similarity, probability, precision }) =>
        similarity.length === probability.length && similarity.length === precision.length,
      'similarity, probability and precision must have equal lengths',
    ),
});

export function calibrationText(space: string, calibration: Calibration): string {
  return `${JSON.stringify({ space, calibration }, null, 2)}\n`;
}

/** Returns the model with the calibration of a file. Throws FatalError if the file is for another space. */
export function withCalibration(model: Model, path: string): Model {
  const { space, calibration } = parse(path);
  if (space === model.space.id) return { ...model, calibration };
  throw wrong(`use the calibration ${path}: it is for ${space}, the model in use is ${model.space.id}`);
}

/** Whether the file is for this model. Throws FatalError if it is no calibration. */
export function isCalibrationOf(model: Model, path: string): boolean {
  return parse(path).space === model.space.id;
}

function parse(path: string): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw wrong(`read the calibration ${path}: ${reason}`, error);
  }
}

function wrong(message: string, cause?: unknown): FatalError {
  const hint =
    'Run "framesort tune" again, or unset grouping.calibration to use the calibration of the model.';
  return new FatalError(message, { cause, hint, exitCode: exitCodes.configuration });
}
