import { resolve } from 'node:path';
import { openOfflineLibrary } from '../app/offline.ts';
import { requireLibrary } from '../config/paths.ts';
import { openLog } from '../lib/logger.ts';
import { connect, type RequestClient } from '../operations/client.ts';
import type { CommonFlags } from './flags.ts';
import { existingState } from './open-state.ts';
import { stopSignal } from './signals.ts';

export interface LibraryClient {
  readonly client: RequestClient;
  readonly library: string;
}

/** Connects a command to the library of its flags. Closes the connection after `use`. */
export async function withLibrary<T>(
  flags: CommonFlags,
  use: (connected: LibraryClient) => Promise<T>,
): Promise<T> {
  const { state, config } = await existingState(flags);
  const library = resolve(requireLibrary(config));
  const log = openLog({ ...config.log, level: 'warn' });
  const signal = stopSignal();
  const client = await connect({
    state,
    library,
    signal,
    openOffline: (store) => openOfflineLibrary(store, { config, library, log, signal }),
  });
  try {
    return await use({ client, library });
  } finally {
    await client.close();
  }
}
