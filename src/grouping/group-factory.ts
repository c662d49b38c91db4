import { basename } from 'node:path';
import type { Frame } from '../domain/frame.ts';
import type { Group } from '../domain/group.ts';
import { folderName } from '../domain/group-naming.ts';
import { freeName } from '../domain/placement.ts';
import { toBytes } from '../lib/fs/byte-path.ts';
import type { Catalogue } from '../storage/membership-cache.ts';

export interface FounderOptions {
  /** Template of group folders' names. */
  readonly folderTemplate: string;
  /** Whether something of this name stands in the library already. */
  readonly isFolderTaken: (name: string) => boolean;
}

/** Gives new groups their numbers and folders. */
export class Founder {
  readonly #catalogue: Catalogue;
  readonly #options: FounderOptions;

  constructor(catalogue: Catalogue, options: FounderOptions) {
    this.#catalogue = catalogue;
    this.#options = options;
  }

  /** A group that is named by its first frame; the catalogue knows it from now on. */
  found({ captured, source, arrivedMs }: Pick<Frame, 'captured' | 'source' | 'arrivedMs'>): Group {
    const facts = { capturedMs: captured.ms, fileName: basename(source) };
    for (;;) {
      const id = this.#catalogue.takeGroupId();
      const folder = this.#freeFolder(folderName(this.#options.folderTemplate, { number: id, ...facts }));
      if (folder === undefined) continue; // a numbered name is taken: the next number is free sooner than a suffix
      const group = { id, folder, frames: 0, foundedMs: arrivedMs };
      this.#catalogue.putGroup(group);
      return group;
    }
  }

  /** A group with the name that a person gives it; undefined where something has that name already. */
  foundNamed(folder: string, foundedMs: number): Group | undefined {
    if (this.#isTaken(folder)) return undefined;
    const group = { id: this.#catalogue.takeGroupId(), folder, frames: 0, foundedMs };
    this.#catalogue.putGroup(group);
    return group;
  }

  /** Whether a group has this name, or anything in the library. */
  #isTaken(folder: string): boolean {
    return this.#catalogue.groupIn(folder) !== undefined || this.#options.isFolderTaken(folder);
  }

  #freeFolder(name: string): string | undefined {
    const isTaken = (folder: string) => this.#isTaken(folder);
    if (this.#options.folderTemplate.includes('{number}')) return isTaken(name) ? undefined : name;
    return freeName(name, isTaken, (text) => toBytes(text).length);
  }
}
