import type { FrameId } from './frame.ts';

export type GroupId = number & { readonly brand: 'GroupId' };

/** Frames that belong together, in one folder of the library. */
export interface Group {
  readonly id: GroupId;
  /** Name of the folder in the library. */
  readonly folder: string;
  readonly frames: number;
  readonly foundedMs: number;
}

/** A known frame similar to the current frame. Similarity is the cosine; higher is closer. */
export interface Neighbour {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly similarity: number;
}
