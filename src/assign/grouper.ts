import { type Assignment, assign, type Limits } from '../domain/assign.ts';
import type { Embedding } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { GroupId, Neighbour } from '../domain/group.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';
import type { Catalogue } from './catalogue.ts';

export interface GrouperOptions {
  readonly limits: Limits;
  /** Nearest frames that are looked at. */
  readonly neighboursMax: number;
}

/** Finds a frame's neighbours and decides where it belongs. Changes nothing. */
export class Grouper {
  readonly #index: VectorIndex;
  readonly #catalogue: Catalogue;
  readonly #options: GrouperOptions;

  constructor(index: VectorIndex, catalogue: Catalogue, options: GrouperOptions) {
    this.#index = index;
    this.#catalogue = catalogue;
    this.#options = options;
  }

  decide(embedding: Embedding): Assignment {
    return assign(this.#neighbours(embedding), this.#options.limits);
  }

  /** From here on the frame is a neighbour to those that follow. */
  remember(frame: FrameId, embedding: Embedding, group: GroupId): void {
    this.#index.add(frame, embedding);
    this.#catalogue.putFrame(frame, group);
  }

  /** Forgotten frames stay in the index until it is built again: ask for more when they crowd the rest out. */
  #neighbours(embedding: Embedding): Neighbour[] {
    const { neighboursMax } = this.#options;
    for (let count = neighboursMax; ; count *= 4) {
      const near = this.#index.search(embedding, count);
      const known = near.flatMap(({ frame, similarity }) => {
        const group = this.#catalogue.groupOf(frame);
        return group === undefined ? [] : [{ frame, group, similarity }];
      });
      if (known.length >= neighboursMax || near.length < count) return known.slice(0, neighboursMax);
    }
  }
}
