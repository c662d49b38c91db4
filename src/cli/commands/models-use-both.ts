import { createInterface } from 'node:readline/promises';
import type { Config } from '../../config/options.ts';
import type { Thresholds } from '../../domain/assignment/assign.ts';
import { thresholdsOf } from '../../grouping/thresholds.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { misplacedFramesIn } from '../../operations/switch-model/misplaced-frames.ts';
import type { SwitchRequest } from '../../operations/switch-model/switch-request.ts';
import type { StoreReader } from '../../storage/store.ts';
import { modelOf } from '../../vision/models/configured-model.ts';
import type { Model } from '../../vision/models/descriptor.ts';
import { print, printJson } from '../flags.ts';
import { changedLines, reportLines, type UseReport } from '../output/model-switch.ts';
import type { Result } from '../result.ts';

/** What `models use` does alike with a daemon and without one. */

export interface UseFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export interface UseParts {
  readonly flags: UseFlags;
  readonly state: string;
  readonly library: string;
  /** With the model to come. */
  readonly config: Config;
  /** With the model in use. */
  readonly before: Config;
  /** The model that the configuration names. */
  readonly configured: string;
  readonly wanted: SwitchRequest;
  readonly model: Model;
  readonly limits: Thresholds;
  readonly signal: AbortSignal;
  readonly result: Result;
}

/** Tells what would change; then, unless the model is in use, changes to it by `change` where that is wanted. */
export async function printAndChange(
  store: StoreReader,
  parts: UseParts,
  embedded: number,
  change: () => Promise<boolean> | boolean,
): Promise<boolean> {
  const { flags, wanted, model, configured } = parts;
  const [inUse = ''] = store.spaces.list();
  const isInUse = inUse === model.space.id;
  const report = reportOf(embedded, store, parts);
  if (!flags.json) reportLines(report, store, isInUse).forEach(print);
  const isChanged = !isInUse && (await isAccepted(flags)) && (await change());
  if (flags.json) printJson({ ...report, inUse: isInUse || isChanged });
  else if (isChanged) changedLines(wanted.model, inUse, configured).forEach(print);
  return isChanged;
}

function reportOf(
  embedded: number,
  store: StoreReader,
  { wanted, model, limits, before }: UseParts,
): UseReport {
  return {
    model: wanted.model,
    frames: embeddedOf(store, model),
    embedded,
    misfits: misplacedFramesIn(model.space, limits.join, store),
    misfitsBefore: misplacedNow(before, store),
  };
}

/** Undefined when the model in use is not the configured one, or is not at hand any more. */
function misplacedNow(config: Config, store: StoreReader): number | undefined {
  try {
    const model = modelOf(config);
    const isInUse = store.spaces.list()[0] === model.space.id;
    return isInUse
      ? misplacedFramesIn(model.space, thresholdsOf(config, model).join, store).length
      : undefined;
  } catch (error) {
    if (error instanceof FatalError) return undefined;
    throw error;
  }
}

async function isAccepted({ yes, dryRun, json }: UseFlags): Promise<boolean> {
  if (dryRun) return false;
  if (yes) return true;
  if (json || process.stdin.isTTY !== true) {
    if (!json) print('nothing was changed; add --yes to change to it');
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question('Change to it? [y/N] ');
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Frames that have a vector of the model. */
export function embeddedOf({ spaces }: StoreReader, { space }: Model): number {
  return spaces.list().includes(space.id) ? spaces.count(space.id) : 0;
}

export function printStopped(store: StoreReader, parts: UseParts, whatNext: string): void {
  const { wanted, model, flags, result } = parts;
  const [done, { frames }] = [embeddedOf(store, model), store.counts()];
  result.exitCode = exitCodes.partly;
  if (flags.json) printJson({ model: wanted.model, frames, done, inUse: false });
  else print(`stopped: ${done} of ${frames} pictures are embedded; ${whatNext}`);
}
