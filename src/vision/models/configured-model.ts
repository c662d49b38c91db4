import type { Config } from '../../config/options.ts';
import { isCalibrationOf, withCalibration } from './calibration-file.ts';
import type { Model } from './descriptor.ts';
import { findModel } from './registry.ts';

/** Returns the configured model, with the user's own calibration if configured. */
export function modelOf({ embed, grouping }: Config): Model {
  const model = findModel(embed.model);
  return grouping.calibration === null ? model : withCalibration(model, grouping.calibration);
}

/** Returns the configuration without a calibration made for another model. */
export function withFittingCalibration(config: Config): Config {
  const { embed, grouping } = config;
  const isFitting =
    grouping.calibration === null || isCalibrationOf(findModel(embed.model), grouping.calibration);
  return isFitting ? config : { ...config, grouping: { ...grouping, calibration: null } };
}
