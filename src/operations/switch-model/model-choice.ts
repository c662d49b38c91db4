import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/options.ts';
import type { Logger } from '../../lib/logger.ts';
import { openStoreReader } from '../../storage/lmdb/lmdb-store.ts';
import type { ModelChoice } from '../../storage/store.ts';
import { configWith } from './switch-request.ts';

/**
 * The configuration, with the model that `models use` chose for this state in place of the one that it names. A person
 * who writes another model into the configuration is heard: then that one counts.
 */
export async function withChosenModel(config: Config, state: string, log?: Logger): Promise<Config> {
  const choice = await modelChoiceIn(join(state, 'store'));
  const configured = config.embed.model;
  if (choice?.configured !== configured) return config;
  log?.warn({ configured, model: choice.model }, 'a model that "models use" chose is in use');
  return configWith(config, choice);
}

async function modelChoiceIn(folder: string): Promise<ModelChoice | undefined> {
  if (!existsSync(join(folder, 'data.mdb'))) return undefined;
  const store = openStoreReader(folder);
  try {
    return store.spaces.choice;
  } finally {
    await store.close();
  }
}
