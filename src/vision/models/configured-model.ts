import type { Config } from '../../config/options.ts';
import { isCalibrationOf, withCalibration } from './calibration-file.ts';
import type { Model } from './descriptor.ts';
import { findModel } from './registry.ts';

/** The configured model, with the user's own calibration where there is one. */
export function modelOf({ embed, grouping }: Config): Model {
  const model = findModel(embed.model);
  return grouping.calibration === null ? model : withCalibration(model, grouping.calibration);
}

/** Without a calibration that was made for another model than the one to use. */
export function withFittingCalibration(config: Config): Config {
  const { embed, grouping } = config;
  const isFitting =
    grouping.calibration === null || isCalibrationOf(findModel(embed.model), grouping.calibration);
  return isFitting ? config : { ...config, grouping: { ...grouping, calibration: null } };
}
