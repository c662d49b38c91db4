import { Command } from 'commander';
import { findModel } from '../../embed/models.ts';
import { acquireLock } from '../../lib/lock.ts';
import { closeMemory, dropIndex, openMemory } from '../../workshop.ts';
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
  const model = findModel(config.embed.model);
  const lock = acquireLock(state);
  try {
    await dropIndex(state, model);
    const memory = await openMemory(state, model);
    await memory.index.settle();
    print(`the index was built anew from ${memory.index.size} embeddings`);
    await closeMemory(memory);
  } finally {
    lock.release();
  }
}
