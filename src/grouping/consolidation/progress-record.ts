import type { SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { StoreReader } from '../../storage/store.ts';

/** What a state remembers of second looks. Frames after `seen` still wait for theirs. */
export interface ConsolidationProgress {
  readonly seen: FrameId;
  /** What is only asked about, oldest first. */
  readonly proposals: readonly SuggestedChange[];
}

export const progressKey = 'second-look';

const noteVersion = 1;

/** Undefined in a state that never had one, or whose note is of another version: it can be done without. */
export function readProgress({ blobs }: Pick<StoreReader, 'blobs'>): ConsolidationProgress | undefined {
  const bytes = blobs.get(progressKey);
  const note =
    bytes && (JSON.parse(bytes.toString('utf8')) as ConsolidationProgress & { readonly v: number });
  return note?.v === noteVersion ? note : undefined;
}

export function progressBytes({ seen, proposals }: ConsolidationProgress): Buffer {
  return Buffer.from(JSON.stringify({ v: noteVersion, seen, proposals }));
}
