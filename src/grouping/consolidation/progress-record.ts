import type { SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { StoreReader } from '../../storage/store.ts';

/** Progress of the consolidation. Frames after `seen` are still waiting. */
export interface ConsolidationProgress {
  readonly seen: FrameId;
  /** Open proposals, oldest first. */
  readonly proposals: readonly SuggestedChange[];
}

export const progressKey = 'second-look';

const noteVersion = 1;

/**
 * Returns undefined if there is no record, or a record of another version. The consolidation works without a
 * record.
 */
export function readProgress({ blobs }: Pick<StoreReader, 'blobs'>): ConsolidationProgress | undefined {
  const bytes = blobs.get(progressKey);
  const note =
    bytes && (JSON.parse(bytes.toString('utf8')) as ConsolidationProgress & { readonly v: number });
  return note?.v === noteVersion ? note : undefined;
}

export function progressBytes({ seen, proposals }: ConsolidationProgress): Buffer {
  return Buffer.from(JSON.stringify({ v: noteVersion, seen, proposals }));
}
