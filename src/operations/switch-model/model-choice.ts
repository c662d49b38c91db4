import type { Config } from '../../config/options.ts';
import type { Logger } from '../../lib/logger.ts';
import { openReader, storeExists } from '../../storage/open.ts';
import type { ModelChoice } from '../../storage/store.ts';
import { configWith } from './switch-request.ts';

/**
 * Returns the configuration with the model chosen for this state by `models use`. If the configuration names
 * another model since then, the configuration counts.
 */
export async function withChosenModel(config: Config, state: string, log?: Logger): Promise<Config> {
  const choice = await modelChoiceIn(state);
  const configured = config.embed.model;
  if (choice?.configured !== configured) return config;
  log?.warn({ configured, model: choice.model }, 'a model that "models use" chose is in use');
  return configWith(config, choice);
}

async function modelChoiceIn(state: string): Promise<ModelChoice | undefined> {
  if (!storeExists(state)) return undefined;
  const store = await openReader(state);
  try {
    return await store.spaces.choice();
  } finally {
    await store.close();
  }
}
