import type { Config } from '../config/options.ts';
import { stateOf } from '../config/paths.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import { printable } from '../lib/fs/byte-path.ts';
import { withChosenModel } from '../operations/switch-model/model-choice.ts';
import { openReader, storeExists } from '../storage/open.ts';
import type { StoreReader } from '../storage/store.ts';
import { type CommonFlags, settings } from './flags.ts';

interface ExistingState {
  readonly state: string;
  /** With the chosen model of the state. */
  readonly config: Config;
  /** The model named by the configuration. */
  readonly configured: string;
}

/** Returns the state folder of the flags. Throws FatalError without a store. */
export async function existingState(flags: CommonFlags): Promise<ExistingState> {
  const { config } = settings(flags);
  const state = stateOf(config, process.env);
  if (storeExists(state))
    return { state, config: await withChosenModel(config, state), configured: config.embed.model };
  throw new FatalError(`open the state ${printable(state)}: there is none yet`, {
    hint: 'Name a library with --library DIR or a state with --state DIR; "framesort sort" and "watch" make one.',
    exitCode: exitCodes.configuration,
  });
}

/** Reads a store. A daemon may work on the store meanwhile. */
export async function withStore<T>(state: string, look: (store: StoreReader) => T | Promise<T>): Promise<T> {
  const store = await openReader(state);
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}
