import type { Config } from '../config/options.ts';
import type { Thresholds } from '../domain/assignment/assign.ts';
import { probabilityAt, similarityForPrecision } from '../domain/calibration.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import type { Model } from '../vision/models/descriptor.ts';

/** What similarity is enough, from the wanted precision and the model's calibration. */
export function thresholdsOf({ grouping }: Config, { calibration, descriptor }: Model): Thresholds {
  if (calibration === undefined) return uncalibrated(descriptor.name, grouping.joinSimilarity);
  const usual = calibration.crowding;
  // A similarity that somebody chose means the same everywhere.
  const isAsked = usual !== undefined && grouping.joinSimilarity === null;
  return {
    join: grouping.joinSimilarity ?? similarityForPrecision(calibration, grouping.strictness),
    pairs: calibration.pairs,
    probabilityAt: (score) => probabilityAt(calibration, score),
    ...(isAsked && { crowding: { usual, joinMax: similarityForPrecision(calibration, 1) } }),
  };
}

/** For models whose similarities nobody has measured: what the user says, and even odds for all of it. */
function uncalibrated(name: string, join: number | null): Thresholds {
  if (join !== null) return { join, pairs: { slope: 30, centre: join - 0.1 }, probabilityAt: () => 0.5 };
  throw new FatalError(`group with the model ${name}: it has no calibration, so strictness has no meaning`, {
    hint: 'Set grouping.calibration to a file that "framesort tune" makes of groups of yours, or grouping.joinSimilarity to the cosine from which on pictures join.',
    exitCode: exitCodes.configuration,
  });
}
