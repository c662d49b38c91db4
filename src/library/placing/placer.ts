import { dirname } from 'node:path';
import { draftsFolder, ownFolder } from '../../domain/placement.ts';
import { codeOf, OneFileError } from '../../lib/errors.ts';
import {
  assertNoLink,
  cloneRefusals,
  inodeOf,
  linkRefusals,
  makeFolders,
  removeIfEmpty,
  sameFile,
  statIfExists,
  syncIfExists,
  unlinkIfExists,
  unusual,
} from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import { assertMounted } from '../library-folder.ts';
import { isReservation, nameByRename } from './name-reservation.ts';
import type { Outcome, PlaceOrder, PlaceStep, Placing } from './place-order.ts';
import {
  assertGone,
  finishUnlink,
  linkSource,
  restoreTakenName,
  statTempName,
  unlinkSource,
} from './source-file.ts';

type Placed = Extract<Outcome, { kind: 'placed' }>;

/**
 * Places files by orders. Never replaces a file. Repeating an order after a crash changes nothing more: the
 * inode tells our own files. With link and unlink the inode is the source's; with copy, link and unlink the
 * inode is the draft's. The draft is removed after the record of the placement.
 */
export class Placer implements Placing {
  readonly #library: string;
  readonly #root: string;
  readonly #files: FileSystem;
  readonly #reached: (step: PlaceStep) => void;

  constructor(library: string, files: FileSystem, reached: (step: PlaceStep) => void = () => {}) {
    this.#library = library;
    // Through the library's own folder: without the disk no path leads anywhere.
    this.#root = `${library}/${ownFolder}/..`;
    this.#files = files;
    this.#reached = reached;
  }

  async placeAtOnce(order: PlaceOrder): Promise<Outcome | undefined> {
    if (order.mode !== 'move' && order.mode !== 'hardlink') return undefined;
    await assertNoLink(this.#files, `${this.#root}/${order.folder}`);
    this.#reached('before-link');
    const target = await linkSource(order, this.#targetOf(order), this.#files).catch((error) => {
      const code = codeOf(error) ?? '';
      if (unusual.has(code) || linkRefusals.has(code)) return undefined;
      throw error;
    });
    if (target === undefined) return undefined;
    this.#reached('linked');
    this.#reached('before-unlink');
    if (order.mode === 'move') await this.#takeKnown(order);
    return fileId(target);
  }

  /** The source was known a moment ago. Another file under the same name is given back. */
  async #takeKnown(order: PlaceOrder): Promise<void> {
    try {
      await unlinkSource(order, this.#files);
      this.#reached('unlinked');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await assertGone(order.source, this.#files);
    }
  }

  /** Handles leftovers of a crash and files of other programs. */
  async place(order: PlaceOrder): Promise<Outcome> {
    await assertMounted(this.#library, this.#files);
    const { source, outcome } = await this.#meetNow(order);
    const isBack = order.isLinked === true && source?.identity === order.identity;
    if (outcome !== undefined && !(isBack && outcome.kind === 'name-taken')) return outcome;
    if (source?.identity !== order.identity) return this.#giveUp(order);
    if (order.isAgain) await this.#assertOneName(order, source);
    if (isBack) {
      if (outcome === undefined) await assertGone(this.#targetOf(order), this.#files);
      return { kind: 'put-back', fileId: inodeOf(source) };
    }
    if (order.makesFolder) await makeFolders(this.#files, this.#root, order.folder);
    else await assertNoLink(this.#files, `${this.#root}/${order.folder}`);
    this.#reached('before-link');
    return this.#enter(order);
  }

  async note(order: PlaceOrder, name: string, content: string): Promise<void> {
    await makeFolders(this.#files, this.#root, order.folder);
    await this.#files.write(`${this.#root}/${order.folder}/${name}`, content);
  }

  async sync(orders: readonly PlaceOrder[]): Promise<void> {
    const folders = new Set([this.#library]);
    for (const order of orders) {
      folders.add(dirname(this.#targetOf(order)));
      if (order.mode === 'move') folders.add(dirname(order.source));
    }
    await Promise.all(Array.from(folders, (folder) => syncIfExists(this.#files, folder)));
  }

  async clear(order: PlaceOrder): Promise<void> {
    await unlinkIfExists(this.#files, this.#draftOf(order));
    await unlinkIfExists(this.#files, this.#markOf(order));
  }

  async restoreName(order: PlaceOrder): Promise<void> {
    await restoreTakenName(order, this.#files);
  }

  async takeAway(order: PlaceOrder): Promise<void> {
    await unlinkSource(order, this.#files);
    await syncIfExists(this.#files, dirname(order.source));
  }

  async sweep(numbers: ReadonlySet<number>): Promise<void> {
    const folder = `${this.#root}/${draftsFolder}`;
    if ((await statIfExists(this.#files, folder)) === undefined) return;
    for (const { name } of await this.#files.readFolder(folder))
      if (!numbers.has(Number.parseInt(name, 10))) await unlinkIfExists(this.#files, `${folder}/${name}`);
  }

  /**
   * Throws OneFileError if the file was linked before and the link is elsewhere: a second link would make two
   * pictures of one picture.
   */
  async #assertOneName(order: PlaceOrder, source: FileStats): Promise<void> {
    const draft = await statIfExists(this.#files, this.#draftOf(order));
    if (source.links === 1 && (draft?.links ?? 1) === 1) return;
    throw new OneFileError(
      `file ${order.source}: the file has another name, perhaps in the library; framesort searches for the name`,
    );
  }

  /**
   * The picture's owner took the picture back: a draft is not needed. If framesort removed the source, the
   * copy may be elsewhere in the library, and only the draft identifies the copy.
   */
  async #giveUp(order: PlaceOrder): Promise<Outcome> {
    await assertGone(this.#targetOf(order), this.#files);
    const aside = await statTempName(order, this.#files);
    if (aside !== undefined && order.isAgain) await this.#assertOneName(order, aside);
    await this.clear(order);
    await restoreTakenName(order, this.#files);
    if ((await statIfExists(this.#files, order.source))?.identity === order.identity)
      throw new OneFileError(
        `file ${order.source}: the file is back at its source, and its place in the library is empty`,
      );
    if (order.makesFolder) await removeIfEmpty(this.#files, `${this.#root}/${order.folder}`);
    return { kind: 'source-gone' };
  }

  async #meetNow(
    order: PlaceOrder,
  ): Promise<{ source: FileStats | undefined; outcome: Outcome | undefined }> {
    const source = await statIfExists(this.#files, order.source);
    const target = await statIfExists(this.#files, this.#targetOf(order));
    return { source, outcome: target && (await this.#meet(order, source, target)) };
  }

  /**
   * Something has the target's name: ours, from before a crash, or another's; undefined when the name is free
   * again.
   */
  async #meet(
    order: PlaceOrder,
    source: FileStats | undefined,
    target: FileStats,
  ): Promise<Outcome | undefined> {
    const draft = await statIfExists(this.#files, this.#draftOf(order));
    if (draft !== undefined && sameFile(draft, target)) return this.#finish(order, target);
    // The ordered file itself, whatever now lies at the source's path.
    if (target.identity === order.identity) return this.#finish(order, target);
    const mark = await statIfExists(this.#files, this.#markOf(order));
    if (isReservation(mark, target) && !(source === undefined && isEmpty(order)))
      return this.#unreserve(order);
    if (await this.#isWrongLink(order, source, target)) return;
    if (await this.#isOurCopy(order, source, target, mark)) return this.#finish(order, target);
    return { kind: 'name-taken' };
  }

  /** Another picture in the source's place was linked, and a failing disk kept the link. */
  async #isWrongLink(order: PlaceOrder, source: FileStats | undefined, target: FileStats): Promise<boolean> {
    if (source === undefined || !sameFile(source, target) || source.identity === order.identity) return false;
    await this.#files.unlink(this.#targetOf(order));
    return true;
  }

  /** For targets without a known inode: copies without a draft, and symbolic links. */
  async #isOurCopy(
    order: PlaceOrder,
    source: FileStats | undefined,
    target: FileStats,
    mark: FileStats | undefined,
  ): Promise<boolean> {
    const path = this.#targetOf(order);
    if (order.mode === 'symlink') {
      return target.kind === 'link' && (await this.#files.readLink(path)) === order.source;
    }
    // The source is unlinked before the draft, unless the draft became the copy.
    if (order.mode === 'move' && source?.identity === order.identity && mark === undefined) return false;
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
      if (codeOf(error) === 'EEXIST') return this.#meetLate(order);
      const isGone =
        codeOf(error) === 'ENOENT' && (await statIfExists(this.#files, order.source)) === undefined;
      if (isGone) return this.#giveUp(order);
      throw error;
    }
    this.#reached('linked');
    return this.#finish(order, await this.#files.stat(target));
  }

  /**
   * The check before the act missed the file with the name: the file is new, or the disk was away for a
   * moment.
   */
  async #meetLate(order: PlaceOrder): Promise<Outcome> {
    const { outcome } = await this.#meetNow(order);
    if (outcome !== undefined) return outcome;
    throw new OneFileError(`file ${order.source}: its name was taken, and is free again`);
  }

  /**
   * The target exists and is ours. The draft of a copy stays until the record, because the draft identifies
   * the copy.
   */
  async #finish(order: PlaceOrder, target: FileStats): Promise<Outcome> {
    // From before a crash.
    if (order.mode === 'move') await finishUnlink(order, this.#files);
    const outcome = await this.#takeFromSource(order, target);
    const drafts = [this.#draftOf(order), this.#markOf(order)];
    const found = await Promise.all(drafts.map((path) => statIfExists(this.#files, path)));
    return { ...outcome, leavesDraft: found.some((facts) => facts !== undefined) };
  }

  async #takeFromSource(order: PlaceOrder, target: FileStats): Promise<Placed> {
    this.#reached('before-unlink');
    const source = order.mode === 'move' ? await statIfExists(this.#files, order.source) : undefined;
    if (source?.identity === order.identity) {
      if (!sameFile(source, target)) await this.#files.syncFolder(dirname(this.#targetOf(order)));
      if (order.isLinked !== true) await order.onLinked?.();
      await unlinkSource(order, this.#files);
      this.#reached('unlinked');
      return { ...fileId(target), tookSource: true };
    }
    if (order.mode === 'move' && source === undefined) await assertGone(order.source, this.#files);
    return fileId(target);
  }

  /** On one file system: links the target, then unlinks the source. */
  async #moveIn(order: PlaceOrder): Promise<void> {
    try {
      await linkSource(order, this.#targetOf(order), this.#files);
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (code === 'EXDEV') await this.#copyIn(order, 'copy');
      else if (linkRefusals.has(code)) await this.#renameIn(order);
      else throw error;
    }
  }

  /** Copies if the file system cannot share content, or if the library is on another file system. */
  async #shareIn(order: PlaceOrder, how: 'hardlink' | 'reflink'): Promise<void> {
    try {
      if (how === 'hardlink') await linkSource(order, this.#targetOf(order), this.#files);
      else await this.#copyIn(order, 'reflink');
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (code !== 'EXDEV' && !linkRefusals.has(code) && !cloneRefusals.has(code)) throw error;
      await this.#copyIn(order, 'copy');
    }
  }

  /** For file systems without links. */
  async #renameIn(order: PlaceOrder): Promise<void> {
    await makeFolders(this.#files, this.#root, draftsFolder);
    try {
      await this.#nameByRename(order, order.source);
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error;
      await this.#copyIn(order, 'copy');
    }
  }

  async #nameDraft(order: PlaceOrder): Promise<void> {
    try {
      await this.#files.link(this.#draftOf(order), this.#targetOf(order));
    } catch (error) {
      if (codeOf(error) === 'EXDEV') throw otherDisk(order, error);
      if (!linkRefusals.has(codeOf(error) ?? '')) throw error;
      await this.#nameByRename(order, this.#draftOf(order));
    }
  }

  #nameByRename(order: PlaceOrder, ours: string): Promise<void> {
    const names = { ours, name: this.#targetOf(order), mark: this.#markOf(order) };
    return nameByRename(this.#files, names, () => this.#reached('reserved'));
  }

  async #unreserve(order: PlaceOrder): Promise<undefined> {
    await this.#files.unlink(this.#targetOf(order));
    await this.#files.unlink(this.#markOf(order));
  }

  async #copyIn(order: PlaceOrder, how: 'copy' | 'reflink'): Promise<void> {
    const draft = this.#draftOf(order);
    await makeFolders(this.#files, this.#root, draftsFolder);
    await this.#files.copyOver(order.source, draft, how);
    const fingerprint = order.fingerprint ?? (await this.#files.hash(order.source));
    const source = await statIfExists(this.#files, order.source);
    const isWhole = source?.identity === order.identity && (await this.#holds(draft, fingerprint));
    if (!isWhole) {
      await this.#files.unlink(draft);
      throw new OneFileError(`copy ${order.source}: the file changed during the copy, or the copy differs`);
    }
    this.#reached('copied');
    await this.#nameDraft(order);
  }

  async #holds(path: string, fingerprint: string | undefined): Promise<boolean> {
    return fingerprint === undefined || (await this.#files.hash(path)) === fingerprint;
  }

  #targetOf({ folder, name }: PlaceOrder): string {
    return `${this.#root}/${folder}/${name}`;
  }

  #draftOf({ number }: PlaceOrder): string {
    return `${this.#root}/${draftsFolder}/${number}`;
  }

  #markOf(order: PlaceOrder): string {
    return `${this.#draftOf(order)}.name`;
  }
}

function otherDisk({ source, folder }: PlaceOrder, cause: unknown): OneFileError {
  return new OneFileError(
    `file ${source}: the folder ${folder} is a mount of its own, and a library is on one disk. Unmount it, or move what is in it to another library`,
    { cause },
  );
}

function fileId(target: FileStats): Placed {
  return { kind: 'placed', fileId: inodeOf(target), leavesDraft: false, tookSource: false };
}

/** The ordered file has no bytes. Empty files go to quarantine. */
function isEmpty({ identity }: PlaceOrder): boolean {
  return identity.split(':')[2] === '0';
}
