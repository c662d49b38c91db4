import type { Amendment } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { StoreReader } from '../../storage/store.ts';

/** What a state remembers of second looks. Frames after `seen` still wait for theirs. */
export interface SecondLook {
  readonly seen: FrameId;
  /** What is only asked about, oldest first. */
  readonly proposals: readonly Amendment[];
}

export const secondLookKey = 'second-look';

const noteVersion = 1;

/** Undefined in a state that never had one, or whose note is of another version: it can be done without. */
export function readSecondLook({ blobs }: Pick<StoreReader, 'blobs'>): SecondLook | undefined {
  const bytes = blobs.get(secondLookKey);
  const note = bytes && (JSON.parse(bytes.toString('utf8')) as SecondLook & { readonly v: number });
  return note?.v === noteVersion ? note : undefined;
}

export function secondLookNote({ seen, proposals }: SecondLook): Buffer {
  return Buffer.from(JSON.stringify({ v: noteVersion, seen, proposals }));
}
