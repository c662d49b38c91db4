import type { Config } from '../config/options.ts';
import type { Thresholds } from '../domain/assignment/assign.ts';
import { probabilityAt, similarityForPrecision } from '../domain/calibration.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import type { Model } from '../vision/models/descriptor.ts';

/** Returns the thresholds for the configured precision and the model's calibration. */
export function thresholdsOf({ grouping }: Config, { calibration, descriptor }: Model): Thresholds {
  if (calibration === undefined) return uncalibrated(descriptor.name, grouping.joinSimilarity);
  const usual = calibration.crowding;
  // A configured similarity is not adjusted for crowding.
  const isAsked = usual !== undefined && grouping.joinSimilarity === null;
  return {
    join: grouping.joinSimilarity ?? similarityForPrecision(calibration, grouping.strictness),
    pairs: calibration.pairs,
    probabilityAt: (score) => probabilityAt(calibration, score),
    ...(isAsked && { crowding: { usual, joinMax: similarityForPrecision(calibration, 1) } }),
  };
}

/** Thresholds for models without a calibration: the configured similarity, and a probability of one half. */
function uncalibrated(name: string, join: number | null): Thresholds {
  if (join !== null) return { join, pairs: { slope: 30, centre: join - 0.1 }, probabilityAt: () => 0.5 };
  throw new FatalError(`group with the model ${name}: it has no calibration, so strictness has no meaning`, {
    hint: 'Run "framesort tune" on your own groups and set grouping.calibration to its file, or set grouping.joinSimilarity to the lowest similarity of a join.',
    exitCode: exitCodes.configuration,
  });
}
