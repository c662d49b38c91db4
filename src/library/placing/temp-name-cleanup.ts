import { basename, dirname, join } from 'node:path';
import type { FrameId } from '../../domain/frame.ts';
import { quarantineFolder, tempNumber } from '../../domain/placement.ts';
import { sameFile, statIfExists } from '../../lib/fs/file-operations.ts';
import type { FileStats, FileSystem } from '../../lib/fs/file-system.ts';
import type { FrameRecord, Quarantined, StoreReader } from '../../storage/store.ts';
import { restoreName } from './source-file.ts';

export interface TempNameCleanupParts {
  readonly store: StoreReader;
  readonly files: FileSystem;
  readonly library: string;
}

/** Frames missing from their places. The next scan decides, except for frames that a person removed. */
export interface Lost {
  readonly missing: readonly FrameId[];
  readonly forgotten: readonly FrameId[];
}

const nothingLost: Lost = { missing: [], forgotten: [] };

/** A picture in transit: possible path, and fingerprint. */
interface KnownFile {
  readonly path: string;
  readonly fingerprint: string | undefined;
}

/**
 * Hidden names left by the placer because a person renamed the folder at that moment. If the picture is in
 * its place, the hidden name is removed. Any other hidden file gets a visible name.
 */
export class TempNameCleanup {
  readonly #parts: TempNameCleanupParts;

  constructor(parts: TempNameCleanupParts) {
    this.#parts = parts;
  }

  async clean(paths: readonly string[], { missing, forgotten }: Lost = nothingLost): Promise<void> {
    if (paths.length === 0) return;
    const quarantined = new Map(
      Array.from(await this.#parts.store.quarantine.all(), (one) => [-one.id, one]),
    );
    for (const path of paths) {
      const number = tempNumber(basename(path)) as FrameId;
      const facts = await statIfExists(this.#parts.files, path);
      if (facts?.kind !== 'file') continue;
      if (forgotten.includes(number)) await this.#tidyForgotten(number, path, facts);
      else if (!missing.includes(number)) await this.#tidyOne(number, path, facts, quarantined.get(number));
    }
  }

  /** A person removed the picture by removing its last visible name. */
  async #tidyForgotten(frame: FrameId, path: string, { device, inode }: FileStats): Promise<void> {
    const { store, files } = this.#parts;
    if ((await store.frames.get(frame))?.fileId === `${device}:${inode}`) await files.unlink(path);
  }

  async #tidyOne(number: FrameId, path: string, facts: FileStats, aside?: Quarantined): Promise<void> {
    const { store, files } = this.#parts;
    const filing = await store.frames.get(number);
    const state = filing?.placement.state ?? aside?.state;
    // The current worker knows the place.
    if (state === 'planned' || (await store.moves.get(number)) !== undefined) return;
    for (const one of await this.#knownFiles(filing, aside))
      if (await this.#isThere(one, path, facts)) return files.unlink(path);
    const name = basename((filing?.frame ?? aside)?.source ?? `picture ${number}`);
    await restoreName(join(dirname(path), name), path, files);
  }

  async #knownFiles(filing: FrameRecord | undefined, aside: Quarantined | undefined): Promise<KnownFile[]> {
    const { files, library } = this.#parts;
    if (filing !== undefined) {
      const { folder, name } = filing.placement;
      return [{ path: join(library, folder, name), fingerprint: filing.frame.fingerprint }];
    }
    if (aside === undefined) return [];
    const folder = join(library, quarantineFolder(aside.id));
    if ((await statIfExists(files, folder)) === undefined) return [];
    const entries = await files.readFolder(folder);
    return entries.map(({ name }) => ({ path: join(folder, name), fingerprint: undefined }));
  }

  /** The same file, or another with the same bytes. */
  async #isThere({ path, fingerprint }: KnownFile, taken: string, facts: FileStats): Promise<boolean> {
    const { files } = this.#parts;
    const there = await statIfExists(files, path);
    if (there?.kind !== 'file') return false;
    if (sameFile(there, facts)) return true;
    if (there.sizeBytes !== facts.sizeBytes) return false;
    const expected = fingerprint ?? (await files.hash(path));
    return (await files.hash(taken)) === expected && (await files.hash(path)) === expected;
  }
}
