import { join } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../../config/options.ts';
import { newStateOf, requireLibrary } from '../../config/paths.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import { openOwnLibrary } from '../../library/library-folder.ts';
import { type RebuildParts, type RebuildResult, rebuildStore } from '../../library/rebuild-store.ts';
import {
  acquireState,
  closeState,
  dropIndex,
  openState,
  openStore,
  storeExists,
} from '../../storage/open.ts';
import type { Store } from '../../storage/store.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import { findModel } from '../../vision/models/registry.ts';
import { openExtractor } from '../../vision/open.ts';
import { type CommonFlags, examples, print, printJson, settings, withPlaces } from '../flags.ts';
import { existingState } from '../open-state.ts';
import { plural } from '../output/counted.ts';
import type { Result } from '../result.ts';

interface RebuildFlags extends CommonFlags {
  readonly fromLibrary?: boolean;
  readonly json?: boolean;
}

export function rebuildCommand(result: Result): Command {
  const command = new Command('rebuild')
    .description('Rebuild the index from the store, or a lost store from the library.')
    .option('--from-store', 'the index, from the embeddings in the store (default)')
    .option('--from-library', 'the store, from the manifests and pictures in the library')
    .option('--model <name|file>', 'the model of the state')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      examples('framesort rebuild --library ~/Scenes', 'framesort rebuild --from-library -c framesort.yaml'),
    )
    .action(async (flags: RebuildFlags) => {
      if (!flags.fromLibrary) return rebuildIndex(flags);
      const { left } = await rebuildFromLibrary(flags);
      if (left.length > 0) result.exitCode = exitCodes.partly;
    });
  return withPlaces(command);
}

async function rebuildIndex(flags: RebuildFlags): Promise<void> {
  const { state, config } = await existingState(flags);
  const model = findModel(config.embed.model);
  const lock = acquireState(state);
  try {
    await dropIndex(state, model);
    const libraryState = await openState(state, model);
    await libraryState.index.flush();
    if (flags.json) printJson({ embeddings: libraryState.index.size });
    else print(`the index was rebuilt from ${libraryState.index.size} embeddings`);
    await closeState(libraryState);
  } finally {
    lock.release();
  }
}

async function rebuildFromLibrary(flags: RebuildFlags): Promise<RebuildResult> {
  const { config } = settings(flags);
  const library = requireLibrary(config);
  const state = newStateOf(config, library, process.env);
  if (storeExists(state)) throw stillThere(state);
  const lock = acquireState(state);
  const extractor = lazyExtractor(config);
  const { space } = findModel(config.embed.model);
  const store = await openStore(state, space);
  try {
    const restored = await restore(library, store, extractor.readPicture, space);
    if (flags.json) printJson(restored);
    else describe(restored, state);
    return restored;
  } finally {
    await store.close();
    await extractor.close();
    lock.release();
  }
}

async function restore(
  library: string,
  store: Store,
  readPicture: RebuildParts['readPicture'],
  space: RebuildParts['space'],
): Promise<RebuildResult> {
  await openOwnLibrary(library, store);
  return rebuildStore({ library, store, files: nodeFileSystem, space, readPicture });
}

/** Opens the extractor at the first picture; most libraries never need an extractor. */
function lazyExtractor(config: Config) {
  let opening: Promise<FeatureExtractor> | undefined;
  const readPicture: RebuildParts['readPicture'] = async (bytes, name, { mtimeMs }) => {
    opening ??= openExtractor(config);
    return (await opening).extract({ bytes, name, mtimeMs });
  };
  return { readPicture, close: async () => (await opening)?.close() };
}

function describe({ frames, groups, embedded, left }: RebuildResult, state: string): void {
  for (const path of left) print(`${printable(path)}: no picture, left in place`);
  print(
    `the store in ${printable(state)} was built anew: ${plural(frames, 'frame')} in ${plural(groups, 'group')}; ${embedded} had to be embedded again`,
  );
}

function stillThere(state: string): FatalError {
  const [store, old] = ['store', 'store.old'].map((name) => printable(join(state, name)));
  return new FatalError(`rebuild the store in ${printable(state)}: there is one`, {
    hint: `Move it away first (mv ${store} ${old}); nothing is replaced.`,
    exitCode: exitCodes.usage,
  });
}
