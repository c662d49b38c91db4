import { basename } from 'node:path';
import type { Frame } from '../domain/frame.ts';
import type { Group } from '../domain/group.ts';
import { folderName } from '../domain/group-naming.ts';
import { freeName } from '../domain/placement.ts';
import { toBytes } from '../lib/fs/byte-path.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';

export interface GroupFactoryOptions {
  /** Template for the names of group folders. */
  readonly folderTemplate: string;
  /** Whether this name is in use in the library. */
  readonly isFolderTaken: (name: string) => boolean;
}

/** Gives new groups their numbers and folders. */
export class GroupFactory {
  readonly #membership: StagedMembership;
  readonly #options: GroupFactoryOptions;

  constructor(membership: StagedMembership, options: GroupFactoryOptions) {
    this.#membership = membership;
    this.#options = options;
  }

  /** Creates a group named after its first frame, and adds it to the membership cache. */
  create({ captured, source, arrivedMs }: Pick<Frame, 'captured' | 'source' | 'arrivedMs'>): Group {
    const facts = { capturedMs: captured.ms, fileName: basename(source) };
    for (;;) {
      const id = this.#membership.takeGroupId();
      const folder = this.#freeFolder(folderName(this.#options.folderTemplate, { number: id, ...facts }));
      if (folder === undefined) continue; // a numbered name is in use: take the next number instead of a suffix
      const group = { id, folder, frames: 0, foundedMs: arrivedMs };
      this.#membership.stageGroup(group);
      return group;
    }
  }

  /** Creates a group with a name chosen by the user. Returns undefined if the name is in use. */
  createNamed(folder: string, foundedMs: number): Group | undefined {
    if (this.#isTaken(folder)) return undefined;
    const group = { id: this.#membership.takeGroupId(), folder, frames: 0, foundedMs };
    this.#membership.stageGroup(group);
    return group;
  }

  /** Whether a group, or anything else in the library, uses this name. */
  #isTaken(folder: string): boolean {
    return this.#membership.groupIn(folder) !== undefined || this.#options.isFolderTaken(folder);
  }

  #freeFolder(name: string): string | undefined {
    const isTaken = (folder: string) => this.#isTaken(folder);
    if (this.#options.folderTemplate.includes('{number}')) return isTaken(name) ? undefined : name;
    return freeName(name, isTaken, (text) => toBytes(text).length);
  }
}
