import { type Eyes, type Memory, openIndex } from '../../grouping/open.ts';
import type { Files } from '../../lib/fs/file-system.ts';
import type { Choice } from '../../storage/store.ts';
import { fillSpace, stillUnreadable } from './embed-missing.ts';

export interface TurnOverParts {
  readonly state: string;
  readonly library: string;
  readonly files: Files;
  readonly eyes: Eyes;
  readonly memory: Memory;
}

/**
 * Lets a daemon decide with this model from now on; nothing may be decided meanwhile. What came last is embedded first.
 * Until the one transaction that changes the space everything is as it was, and stays so when this throws.
 */
export async function turnOver(
  { state, library, files, eyes, memory }: TurnOverParts,
  { model, embedder }: Pick<Eyes, 'model' | 'embedder'>,
  choice: Choice | undefined,
): Promise<void> {
  const { store, catalogue } = memory;
  const [{ space }, never] = [model, new AbortController().signal];
  const { unreadable } = await fillSpace(
    { store, library, files, eyes: { ...eyes, model, embedder } },
    never,
  );
  if (unreadable.length > 0) throw stillUnreadable(unreadable);
  const index = await openIndex(state, space, store, catalogue, store.spaces.look(space));
  try {
    store.spaces.activate(space, choice);
  } catch (error) {
    await index.close();
    throw error;
  }
  const before = [memory.index, eyes.embedder];
  memory.index = index;
  eyes.model = model;
  eyes.embedder = embedder;
  await Promise.all(before.map((one) => one.close()));
}
