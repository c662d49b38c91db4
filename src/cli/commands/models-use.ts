import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { requireLibrary } from '../../config/paths.ts';
import { thresholdsOf } from '../../grouping/thresholds.ts';
import { lockHolder } from '../../lib/fs/flock.ts';
import { modelPath } from '../../operations/switch-model/switch-request.ts';
import { modelOf, withFittingCalibration } from '../../vision/models/configured-model.ts';
import { type CommonFlags, examples, settings, withPlaces } from '../flags.ts';
import { existingState } from '../open-state.ts';
import type { Result } from '../result.ts';
import { stopSignal } from '../signals.ts';
import { useAlone } from './models-use-alone.ts';
import { useBeside } from './models-use-beside.ts';
import type { UseFlags, UseParts } from './models-use-both.ts';

export function modelsUseCommand(result: Result): Command {
  const command = new Command('use')
    .description('Embed a library anew with another model, tell what would change, and change to it.')
    .argument('<name|file>', 'a model by its name, or its model.json')
    .option('--yes', 'change without asking')
    .option('--dry-run', 'embed and tell, but do not change')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nPictures stay where they are, in their groups; the model decides for those that come. What was embedded is kept
when this is cut, and so are the vectors of the model before: going back needs only those of pictures that came since.
A daemon goes on filing meanwhile and embeds behind that; this command waits for it. A model that is not calibrated needs
what "framesort tune" makes as grouping.calibration, or grouping.joinSimilarity.\n${examples(
        'framesort models use ./model.json --library ~/Scenes --dry-run',
        'framesort models use builtin --library ~/Scenes --yes',
      )}`,
    )
    .action((name: string, flags: CommonFlags & UseFlags) => use(name, flags, result));
  return withPlaces(command);
}

async function use(name: string, flags: CommonFlags & UseFlags, result: Result): Promise<void> {
  const { state, config: before, configured } = await existingState(flags);
  const config = withFittingCalibration(settings({ ...flags, model: modelPath(name) }).config);
  const model = modelOf(config);
  const { calibration, joinSimilarity } = config.grouping;
  const parts: UseParts = {
    flags,
    state,
    library: requireLibrary(before),
    config,
    before,
    configured,
    wanted: { id: randomUUID(), model: config.embed.model, calibration, joinSimilarity, isConfirmed: false },
    model,
    limits: thresholdsOf(config, model), // says at once when the model is not calibrated
    signal: stopSignal(),
    result,
  };
  await (lockHolder(state) === undefined ? useAlone(parts) : useBeside(parts));
}
