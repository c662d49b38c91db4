import { getPriority, setPriority } from 'node:os';
import type { Config } from '../../config/options.ts';
import { FatalError, messageOf } from '../../lib/errors.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import { trackMembership } from '../../storage/library-state.ts';
import { openExistingStore, openIndex } from '../../storage/open.ts';
import type { Store } from '../../storage/store.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import { openExtractor } from '../../vision/open.ts';
import { embedMissing } from './embed-missing.ts';
import type { EmbedOrder, EmbedReply } from './embed-process.ts';

/**
 * The program of a process that embeds a library behind a daemon. The process gets little more than the idle
 * time of the processor, and a model with a broken runtime breaks this process only.
 */

/** Niceness below the daemon: on a busy processor, about a tenth of the daemon's share. */
const stepsBelow = 10;
const lowestPriority = 19;
/** Pictures in parallel: one for the embedder, and two for the decoder. */
const concurrency = 3;

async function work({ state, library, config }: EmbedOrder, signal: AbortSignal): Promise<EmbedReply> {
  const extractor = await openExtractor(gentle(config));
  const store = await openExistingStore(state);
  try {
    const parts = { store, library, files: nodeFileSystem, extractor, concurrency };
    const { unreadable } = await embedMissing(parts, signal);
    if (signal.aborted) return { kind: 'stopped' };
    if (unreadable.length === 0) await buildIndex(state, extractor, store);
    return { kind: 'filled', unreadable };
  } finally {
    await store.close();
    await extractor.close();
  }
}

/** Returns a configuration with a single embedding thread and a single decoder process. */
function gentle(config: Config): Config {
  return { ...config, embed: { ...config.embed, workers: 1 }, decode: { ...config.decode, workers: 1 } };
}

/** Saves the index beside the index in use: the daemon then only opens the index. */
async function buildIndex(
  state: string,
  { model: { space } }: FeatureExtractor,
  store: Store,
): Promise<void> {
  const source = store.spaces.read(space);
  const index = await openIndex(state, space, store, (await trackMembership(store)).membership, source);
  await index.flush();
  await index.close();
}

function failure(error: unknown): EmbedReply {
  const { hint, exitCode } = error instanceof FatalError ? error : { hint: undefined, exitCode: undefined };
  return { kind: 'failed', message: messageOf(error), hint, exitCode };
}

function giveWay(): void {
  try {
    setPriority(Math.min(lowestPriority, getPriority() + stepsBelow));
  } catch {
    // Some sandboxes forbid the call.
  }
}

giveWay();
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort()).on('SIGINT', () => {});
// The daemon is gone. Not process.exit: process.exit would tear down threads inside native code.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
const order = JSON.parse(process.argv[2] ?? '') as EmbedOrder;
process.send?.(await work(order, stop.signal).catch(failure), () => process.kill(process.pid, 'SIGKILL'));
