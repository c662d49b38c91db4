import type { FileSystem } from '../../lib/fs/file-system.ts';
import { type LibraryState, openIndex } from '../../storage/open.ts';
import type { ModelChoice } from '../../storage/store.ts';
import type { PersistentIndex } from '../../storage/vectors/vector-index.ts';
import type { Embedder } from '../../vision/embed/embedder.ts';
import type { FeatureExtractor } from '../../vision/extractor.ts';
import type { Model } from '../../vision/models/descriptor.ts';
import { embedMissing, stillUnreadable } from './embed-missing.ts';

export interface ActivateSpaceParts {
  readonly state: string;
  readonly library: string;
  readonly files: FileSystem;
  readonly extractor: FeatureExtractor;
  readonly libraryState: LibraryState;
}

/**
 * Makes a daemon decide with the model from now on; no decision may run meanwhile. First embeds the latest
 * arrivals. Before the one transaction with the change of the space nothing changes, and an error changes
 * nothing.
 */
export async function activateSpace(
  { state, library, files, extractor, libraryState }: ActivateSpaceParts,
  { model, embedder }: { readonly model: Model; readonly embedder: Embedder },
  choice: ModelChoice | undefined,
): Promise<void> {
  const { store, membership } = libraryState;
  const [{ space }, never] = [model, new AbortController().signal];
  const parts = { store, library, files, extractor: extractor.with(model, embedder) };
  const { unreadable } = await embedMissing(parts, never);
  if (unreadable.length > 0) throw stillUnreadable(unreadable);
  const index = await openIndex(state, space, store, membership, store.spaces.read(space));
  let before: PersistentIndex;
  try {
    before = await libraryState.activateSpace(space, choice, index);
  } catch (error) {
    await index.close();
    throw error;
  }
  await Promise.all([before.close(), extractor.use(model, embedder).close()]);
}
