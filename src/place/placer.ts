import { dirname, join } from 'node:path';
import { type Mode, markerFile, ownFolder } from '../domain/placement.ts';
import { codeOf, TransientError } from '../lib/errors.ts';
import type { FileFacts, Files } from '../lib/files.ts';

/** What must stand where. */
export interface PlaceOrder {
  /** Names the draft that a copy is made in; one order, one number. */
  readonly number: number;
  readonly source: string;
  /** Which file and content was read there. */
  readonly identity: string;
  /** SHA-256 of the content, in hex; undefined where it was not read to its end. */
  readonly fingerprint: string | undefined;
  /** Folder below the library. */
  readonly folder: string;
  readonly name: string;
  readonly mode: Mode;
}

export type Outcome =
  /** It is there; `placedAs` is device and inode of the file in the library. */
  | { readonly kind: 'placed'; readonly placedAs: string }
  /** Something else has that name. */
  | { readonly kind: 'name-taken' }
  /** The file was removed or changed before it could be placed; the library is as it was. */
  | { readonly kind: 'source-gone' };

/** Where a kill leaves the most work to the next start; named for the crash tests. */
export type PlaceStep = 'before-link' | 'copied' | 'linked' | 'before-unlink' | 'unlinked';

/** Puts files where their orders say. */
export interface Placing {
  /** Throws the system's error when the disk refuses; the order can then be tried again. */
  place(order: PlaceOrder): Promise<Outcome>;
  /** Leaves a note of ours beside the order's file. */
  note(order: PlaceOrder, name: string, content: string): Promise<void>;
  /** Makes the names in the folders that the orders touched durable. */
  sync(orders: readonly PlaceOrder[]): Promise<void>;
}

/** Places nothing: for looking at what would be done. */
export const dryPlacer: Placing = {
  place: async () => ({ kind: 'placed', placedAs: '' }),
  note: async () => {},
  sync: async () => {},
};

/**
 * Puts files where their orders say. Nothing is ever replaced, and doing an order again, after a crash at any point,
 * ends like doing it once: what is ours is known by its inode, that of the source (link, then unlink) or that of the
 * draft (copy, link, unlink the source, unlink the draft).
 */
export class Placer implements Placing {
  readonly #library: string;
  readonly #files: Files;
  readonly #reached: (step: PlaceStep) => void;

  constructor(library: string, files: Files, reached: (step: PlaceStep) => void = () => {}) {
    this.#library = library;
    this.#files = files;
    this.#reached = reached;
  }

  async place(order: PlaceOrder): Promise<Outcome> {
    return (await this.#placeAtOnce(order)) ?? this.#placeWithCare(order);
  }

  /**
   * The usual case, with as few calls as are safe: the source is as ordered, the folder is there, the name is free, and
   * a second name for the file can be made. Undefined where that is not so; nothing was changed then.
   */
  async #placeAtOnce(order: PlaceOrder): Promise<Outcome | undefined> {
    if (order.mode !== 'move' && order.mode !== 'hardlink') return undefined;
    const source = await this.#lookOrNothing(order.source);
    if (source?.identity !== order.identity) return undefined;
    this.#reached('before-link');
    try {
      await this.#files.link(order.source, this.#targetOf(order));
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (unusual.has(code) || linkRefusals.has(code)) return undefined;
      throw error;
    }
    this.#reached('linked');
    return this.#takeFromSource(order, await this.#files.look(this.#targetOf(order)));
  }

  /** Whatever stands there from before a crash, or from others. */
  async #placeWithCare(order: PlaceOrder): Promise<Outcome> {
    await this.#assertMounted();
    const source = await this.#lookOrNothing(order.source);
    const target = await this.#lookOrNothing(this.#targetOf(order));
    const outcome = target && (await this.#meet(order, source, target));
    if (outcome !== undefined) return outcome;
    if (source?.identity !== order.identity) return this.#giveUp(order);
    await this.#files.makeFolder(dirname(this.#targetOf(order)));
    this.#reached('before-link');
    return this.#enter(order);
  }

  async note(order: PlaceOrder, name: string, content: string): Promise<void> {
    const folder = dirname(this.#targetOf(order));
    await this.#files.makeFolder(folder);
    await this.#files.write(join(folder, name), content);
  }

  async sync(orders: readonly PlaceOrder[]): Promise<void> {
    const folders = new Set([this.#library]);
    for (const order of orders) {
      folders.add(dirname(this.#targetOf(order)));
      if (order.mode === 'move') folders.add(dirname(order.source));
    }
    for (const folder of folders) await this.#syncIfThere(folder);
  }

  /** Whoever took the picture back has it: a copy that was begun is not needed any more. */
  async #giveUp(order: PlaceOrder): Promise<Outcome> {
    await this.#unlinkIfThere(this.#draftOf(order));
    return { kind: 'source-gone' };
  }

  /** Something has the target's name: ours, from before a crash, or another's; undefined when the name is free again. */
  async #meet(
    order: PlaceOrder,
    source: FileFacts | undefined,
    target: FileFacts,
  ): Promise<Outcome | undefined> {
    const draft = await this.#lookOrNothing(this.#draftOf(order));
    if (draft !== undefined && sameFile(draft, target)) return this.#finish(order, target);
    if (draft?.sizeBytes === 0 && target.sizeBytes === 0) return this.#unreserve(order);
    // The very file that was ordered, whatever stands at its old path by now.
    if (target.identity === order.identity) return this.#finish(order, target);
    if (await this.#isOurCopy(order, source, target)) return this.#finish(order, target);
    return { kind: 'name-taken' };
  }

  /** For what leaves no inode to know it by: copies whose draft is gone, and symbolic links. */
  async #isOurCopy(order: PlaceOrder, source: FileFacts | undefined, target: FileFacts): Promise<boolean> {
    const path = this.#targetOf(order);
    if (order.mode === 'symlink') {
      return target.kind === 'link' && (await this.#files.readLink(path)) === order.source;
    }
    if (order.mode === 'move' && source?.identity === order.identity) return false; // we unlink it before the draft
    return target.kind === 'file' && (await this.#holds(path, order.fingerprint));
  }

  async #enter(order: PlaceOrder): Promise<Outcome> {
    const target = this.#targetOf(order);
    try {
      if (order.mode === 'symlink') await this.#files.symlink(order.source, target);
      else if (order.mode === 'move') await this.#moveIn(order);
      else if (order.mode === 'copy') await this.#copyIn(order, 'copy');
      else await this.#shareIn(order, order.mode);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return { kind: 'name-taken' };
      const isGone = codeOf(error) === 'ENOENT' && (await this.#lookOrNothing(order.source)) === undefined;
      if (isGone) return this.#giveUp(order);
      throw error;
    }
    this.#reached('linked');
    return this.#finish(order, await this.#files.look(target));
  }

  /** The target is there and ours: takes away what a move and a copy leave behind. */
  async #finish(order: PlaceOrder, target: FileFacts): Promise<Outcome> {
    const outcome = await this.#takeFromSource(order, target);
    await this.#unlinkIfThere(this.#draftOf(order));
    return outcome;
  }

  async #takeFromSource(order: PlaceOrder, target: FileFacts): Promise<Outcome> {
    this.#reached('before-unlink');
    const source = order.mode === 'move' ? await this.#lookOrNothing(order.source) : undefined;
    if (source?.identity === order.identity) {
      if (!sameFile(source, target)) await this.#files.syncFolder(dirname(this.#targetOf(order)));
      await this.#files.unlink(order.source);
      this.#reached('unlinked');
    }
    return { kind: 'placed', placedAs: `${target.device}:${target.inode}` };
  }

  /** On one file system a second name; the first is taken away afterwards. */
  async #moveIn(order: PlaceOrder): Promise<void> {
    try {
      await this.#files.link(order.source, this.#targetOf(order));
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (code === 'EXDEV') await this.#copyIn(order, 'copy');
      else if (linkRefusals.has(code)) await this.#renameIn(order);
      else throw error;
    }
  }

  /** Where a file system can't share content between two names, or the library is on another one, a copy does. */
  async #shareIn(order: PlaceOrder, how: 'hardlink' | 'reflink'): Promise<void> {
    try {
      if (how === 'hardlink') await this.#files.link(order.source, this.#targetOf(order));
      else await this.#copyIn(order, 'reflink');
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (code !== 'EXDEV' && !linkRefusals.has(code) && !cloneRefusals.has(code)) throw error;
      await this.#copyIn(order, 'copy');
    }
  }

  /** Where links are refused (FAT, some shares, files of other owners): takes the name first, then renames onto it. */
  async #renameIn(order: PlaceOrder): Promise<void> {
    const target = this.#targetOf(order);
    await this.#reserve(order);
    try {
      await this.#files.renameOver(order.source, target);
    } catch (error) {
      await this.#unreserve(order);
      if (codeOf(error) !== 'EXDEV') throw error;
      await this.#copyIn(order, 'copy');
    }
  }

  /** Takes the target's name with an empty file; an empty draft tells a later start that it is ours. */
  async #reserve(order: PlaceOrder): Promise<void> {
    const draft = this.#draftOf(order);
    await this.#files.makeFolder(dirname(draft));
    await this.#unlinkIfThere(draft);
    await this.#files.reserve(draft);
    await this.#files.reserve(this.#targetOf(order));
  }

  async #unreserve(order: PlaceOrder): Promise<undefined> {
    await this.#files.unlink(this.#targetOf(order));
    await this.#files.unlink(this.#draftOf(order));
  }

  async #copyIn(order: PlaceOrder, how: 'copy' | 'reflink'): Promise<void> {
    const draft = this.#draftOf(order);
    await this.#files.makeFolder(dirname(draft));
    await this.#files.copyOver(order.source, draft, how);
    const fingerprint = order.fingerprint ?? (await this.#files.hash(order.source));
    const source = await this.#lookOrNothing(order.source);
    const isWhole = source?.identity === order.identity && (await this.#holds(draft, fingerprint));
    if (!isWhole) {
      await this.#files.unlink(draft);
      throw new TransientError(`copy ${order.source}: it changed while it was copied, or the copy differs`);
    }
    this.#reached('copied');
    await this.#nameDraft(draft, this.#targetOf(order));
  }

  async #nameDraft(draft: string, target: string): Promise<void> {
    try {
      await this.#files.link(draft, target);
    } catch (error) {
      if (!linkRefusals.has(codeOf(error) ?? '')) throw error;
      await this.#files.reserve(target);
      await this.#files.renameOver(draft, target);
    }
  }

  async #holds(path: string, fingerprint: string | undefined): Promise<boolean> {
    return fingerprint === undefined || (await this.#files.hash(path)) === fingerprint;
  }

  /** Without its marker the library's disk is not there, and what looks like it is an empty mount point. */
  async #assertMounted(): Promise<void> {
    if ((await this.#lookOrNothing(join(this.#library, markerFile))) !== undefined) return;
    throw new TransientError(`file into ${this.#library}: its marker ${markerFile} is missing`, {
      hint: 'Mount the disk of the library, or bring the file back.',
    });
  }

  async #lookOrNothing(path: string): Promise<FileFacts | undefined> {
    try {
      return await this.#files.look(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  async #unlinkIfThere(path: string): Promise<void> {
    if ((await this.#lookOrNothing(path)) !== undefined) await this.#files.unlink(path);
  }

  async #syncIfThere(folder: string): Promise<void> {
    if ((await this.#lookOrNothing(folder)) !== undefined) await this.#files.syncFolder(folder);
  }

  #targetOf({ folder, name }: PlaceOrder): string {
    return join(this.#library, folder, name);
  }

  #draftOf({ number }: PlaceOrder): string {
    return join(this.#library, ownFolder, 'drafts', String(number));
  }
}

/** No folder or no source, a name that is taken, another file system. */
const unusual = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'EXDEV']);

const cloneRefusals = new Set(['EINVAL', 'ENOTTY']);

const linkRefusals = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function sameFile(a: FileFacts, b: FileFacts): boolean {
  return a.device === b.device && a.inode === b.inode;
}
