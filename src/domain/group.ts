import type { FrameId } from './frame.ts';

export type GroupId = number & { readonly brand: 'GroupId' };

/** Frames that belong together, and the folder of the library that holds them. */
export interface Group {
  readonly id: GroupId;
  /** Name of its folder in the library. */
  readonly folder: string;
  readonly frames: number;
  readonly foundedMs: number;
}

/** A known frame that resembles the one at hand. Similarity is the cosine, higher is closer. */
export interface Neighbour {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly similarity: number;
}
