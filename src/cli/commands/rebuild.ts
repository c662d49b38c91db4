import { join } from 'node:path';
import { Command } from 'commander';
import { findModel } from '../../embed/models.ts';
import { acquireLock } from '../../lib/lock.ts';
import { openLmdbStore } from '../../store/lmdb-store.ts';
import { segmentStore } from '../../vectors/segment-store.ts';
import { openUsearchIndex } from '../../vectors/usearch-index.ts';
import type { Result } from '../result.ts';
import { type CommonFlags, examples, print, withPlaces } from '../settings.ts';
import { existingState } from '../state.ts';

export function rebuildCommand(_: Result): Command {
  const command = new Command('rebuild')
    .description('Build the index anew from the embeddings in the store.')
    .option('--model <name|file>', 'the model that made the state')
    .addHelpText(
      'after',
      examples('framesort rebuild --library ~/Scenes', 'framesort rebuild -c framesort.yaml'),
    )
    .action(rebuild);
  return withPlaces(command);
}

async function rebuild(flags: CommonFlags): Promise<void> {
  const { state, config } = existingState(flags);
  const { space } = findModel(config.embed.model);
  const lock = acquireLock(state);
  const store = openLmdbStore({ folder: join(state, 'store'), space });
  try {
    const segments = segmentStore(store.blobs, join(state, 'tmp'));
    segments.dropFrom(0);
    const index = openUsearchIndex(space, segments, store);
    index.checkpoint();
    print(`the index was built anew from ${index.size} embeddings`);
  } finally {
    await store.close();
    lock.release();
  }
}
