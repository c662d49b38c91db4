import { basename } from 'node:path';
import type { Frame } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import { folderName } from '../domain/group-naming.ts';
import { freeName } from '../domain/placement.ts';
import { toBytes } from '../lib/fs/byte-path.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';

export interface GroupFactoryOptions {
  /** Returns rising, unused ids of groups. */
  readonly reserveIds: (count: number) => Promise<readonly GroupId[]>;
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
  async create({
    captured,
    source,
    arrivedMs,
  }: Pick<Frame, 'captured' | 'source' | 'arrivedMs'>): Promise<Group> {
    const facts = { capturedMs: captured.ms, fileName: basename(source) };
    for (;;) {
      const id = await this.#takeId();
      const folder = await this.#freeFolder(
        folderName(this.#options.folderTemplate, { number: id, ...facts }),
      );
      if (folder === undefined) continue; // a numbered name is in use: take the next number instead of a suffix
      const group = { id, folder, frames: 0, foundedMs: arrivedMs };
      this.#membership.stageGroup(group);
      return group;
    }
  }

  /** Creates a group with a name chosen by the user. Returns undefined if the name is in use. */
  async createNamed(folder: string, foundedMs: number): Promise<Group | undefined> {
    if (this.#isTaken(folder)) return undefined;
    const group = { id: await this.#takeId(), folder, frames: 0, foundedMs };
    this.#membership.stageGroup(group);
    return group;
  }

  async #takeId(): Promise<GroupId> {
    const [id] = await this.#options.reserveIds(1);
    return id as GroupId;
  }

  /** Whether a group, or anything else in the library, uses this name. */
  #isTaken(folder: string): boolean {
    return this.#membership.groupIn(folder) !== undefined || this.#options.isFolderTaken(folder);
  }

  async #freeFolder(name: string): Promise<string | undefined> {
    const isTaken = (folder: string) => this.#isTaken(folder);
    if (this.#options.folderTemplate.includes('{number}')) return isTaken(name) ? undefined : name;
    return freeName(name, isTaken, (text) => toBytes(text).length);
  }
}
