import type { Member } from '../assignment/assign.ts';
import type { Embedding } from '../embedding.ts';
import type { CaptureTime, FrameId } from '../frame.ts';
import type { GroupId } from '../group.ts';

/** Embedding and capture time of a reviewed frame. */
export interface FrameFeatures {
  readonly embedding: Embedding;
  readonly captured: CaptureTime;
}

/** Data that the consolidation asks for. Each answer must stay the same during a consolidation. */
export interface LibraryAnswers {
  /** Returns the features of the known frames. An unknown frame stays in its group. */
  readonly features: (frames: readonly FrameId[]) => Promise<ReadonlyMap<FrameId, FrameFeatures>>;
  /** Returns up to `count` frames, most similar first, never the frame itself. */
  readonly neighbours: (frame: FrameId, count: number) => Promise<readonly Member[]>;
  /** Returns the groups among `groups` whose changes are only proposed. */
  readonly editedGroups: (groups: readonly GroupId[]) => Promise<ReadonlySet<GroupId>>;
  /** Returns the number of keypoints shared by two frames; undefined if they could not be compared. */
  readonly sharedKeypoints: (pair: FramePair) => Promise<number | undefined>;
}

export type FramePair = readonly [FrameId, FrameId];

export type Question =
  | { readonly kind: 'features'; readonly frames: readonly FrameId[] }
  | { readonly kind: 'neighbours'; readonly frame: FrameId; readonly count: number }
  | { readonly kind: 'edited-groups'; readonly groups: readonly GroupId[] }
  | { readonly kind: 'shared-keypoints'; readonly pair: FramePair };

type Answer =
  | ReadonlyMap<FrameId, FrameFeatures>
  | readonly Member[]
  | ReadonlySet<GroupId>
  | number
  | undefined;

/**
 * Steps of a consolidation. A yield of undefined lets other work run. A yield of a question expects the
 * result of `answerTo` in `next`.
 */
export type Steps<Result> = Generator<Question | undefined, Result, Answer>;

export function answerTo(question: Question, library: LibraryAnswers): Promise<Answer> {
  switch (question.kind) {
    case 'features':
      return library.features(question.frames);
    case 'neighbours':
      return library.neighbours(question.frame, question.count);
    case 'edited-groups':
      return library.editedGroups(question.groups);
    case 'shared-keypoints':
      return library.sharedKeypoints(question.pair);
  }
}

export function* askNeighbours(frame: FrameId, count: number): Steps<readonly Member[]> {
  return (yield { kind: 'neighbours', frame, count }) as readonly Member[];
}

export function* askSharedKeypoints(pair: FramePair): Steps<number | undefined> {
  return (yield { kind: 'shared-keypoints', pair }) as number | undefined;
}

/** The features of frames. Asks about each frame once. */
export class KnownFeatures {
  readonly #known = new Map<FrameId, FrameFeatures | undefined>();

  /** Asks for the features of the frames not known yet. */
  *load(frames: readonly FrameId[]): Steps<void> {
    const missing = [...new Set(frames)].filter((frame) => !this.#known.has(frame));
    if (missing.length === 0) return;
    const found = (yield { kind: 'features', frames: missing }) as ReadonlyMap<FrameId, FrameFeatures>;
    for (const frame of missing) this.#known.set(frame, found.get(frame));
  }

  /** Returns the features of a loaded frame; undefined if the library has none. */
  of(frame: FrameId): FrameFeatures | undefined {
    return this.#known.get(frame);
  }
}

/** The groups edited by the user. Asks about each group once. */
export class KnownEdits {
  readonly #known = new Map<GroupId, boolean>();

  *isAnyEdited(groups: readonly GroupId[]): Steps<boolean> {
    const missing = groups.filter((group) => !this.#known.has(group));
    if (missing.length > 0) {
      const edited = (yield { kind: 'edited-groups', groups: missing }) as ReadonlySet<GroupId>;
      for (const group of missing) this.#known.set(group, edited.has(group));
    }
    return groups.some((group) => this.#known.get(group));
  }
}
