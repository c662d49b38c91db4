import { existsSync } from 'node:fs';
import type { Model } from '../../vision/models/descriptor.ts';
import { allDownloadable, type Downloadable } from '../../vision/models/downloadable.ts';
import { findModel, installedDescriptor, modelCache, ownModelNames } from '../../vision/models/registry.ts';
import { tableLines } from './table.ts';

/** A named model. */
export interface ListedModel {
  readonly name: string;
  readonly version: string;
  readonly from: 'package' | 'download';
  /** Whether the model is installed. */
  readonly here: boolean;
  readonly bytes: number;
  readonly dimensions: number;
  readonly license: string;
  /** Whether strictness works with the model. */
  readonly calibrated: boolean;
  /** Of the packaged or downloadable file. */
  readonly sha256: string;
}

export function listModels(): ListedModel[] {
  return [...ownModelNames().map((name) => own(findModel(name))), ...allDownloadable().map(published)];
}

function own({ descriptor, calibration }: Model): ListedModel {
  const { name, version, bytes, output, license, sha256 } = descriptor;
  const calibrated = calibration !== undefined;
  const { dimensions } = output;
  return { name, version, from: 'package', here: true, bytes, dimensions, license, calibrated, sha256 };
}

function published({ name, version, source, output, license }: Downloadable): ListedModel {
  const here = existsSync(installedDescriptor(name, modelCache()));
  const { bytes, sha256 } = source;
  const { dimensions } = output;
  return { name, version, from: 'download', here, bytes, dimensions, license, calibrated: false, sha256 };
}

const head = ['model', 'version', 'here', 'size', 'values', 'licence', 'calibrated', 'sha256'];

/** A table, as lines. */
export function listedLines(models: readonly ListedModel[]): string[] {
  return [
    ...tableLines(head, models.map(cellsOf)),
    '',
    'keypoints is no model but a comparison of two pictures (AKAZE): it decides doubts (grouping.keypoints), and',
    '"framesort compare --embedders builtin,keypoints" shows what it finds alone.',
  ];
}

function cellsOf(model: ListedModel): string[] {
  const yes = (is: boolean) => (is ? 'yes' : 'no');
  return [
    model.name,
    model.version,
    yes(model.here),
    model.bytes < 1e6 ? `${(model.bytes / 1e3).toFixed(1)} kB` : `${(model.bytes / 1e6).toFixed(1)} MB`,
    String(model.dimensions),
    model.license,
    yes(model.calibrated),
    model.sha256,
  ];
}
