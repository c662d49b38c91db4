import { basename, dirname, join } from 'node:path';
import type { FrameId } from '../../domain/frame.ts';
import { asideNumber, quarantineFolder } from '../../domain/placement.ts';
import { lookOrNothing, sameFile } from '../../lib/fs/file-operations.ts';
import type { FileFacts, Files } from '../../lib/fs/file-system.ts';
import type { Filing, Quarantined, StoreReader } from '../../storage/store.ts';
import { giveBack } from './source-file.ts';

export interface LeftoversParts {
  readonly store: StoreReader;
  readonly files: Files;
  readonly library: string;
}

/** Frames whose files are not where they were placed: they wait for the next look, but those that a person took away. */
export interface Lost {
  readonly missing: readonly FrameId[];
  readonly forgotten: readonly FrameId[];
}

const nothingLost: Lost = { missing: [], forgotten: [] };

/** Where a picture is that was on its way, and how its content is known. */
interface Whereabouts {
  readonly path: string;
  readonly fingerprint: string | undefined;
}

/**
 * Hidden names under which the placer took a picture aside, and which it did not find again: a person renamed the folder
 * in that very moment. They stand for a picture that is where it belongs, and go; whatever else they stand for gets a name
 * that can be seen.
 */
export class Leftovers {
  readonly #parts: LeftoversParts;

  constructor(parts: LeftoversParts) {
    this.#parts = parts;
  }

  async tidy(paths: readonly string[], { missing, forgotten }: Lost = nothingLost): Promise<void> {
    if (paths.length === 0) return;
    const quarantined = new Map(Array.from(this.#parts.store.quarantined(), (one) => [-one.id, one]));
    for (const path of paths) {
      const number = asideNumber(basename(path)) as FrameId;
      const facts = await lookOrNothing(this.#parts.files, path);
      if (facts?.kind !== 'file') continue;
      if (forgotten.includes(number)) await this.#tidyForgotten(number, path, facts);
      else if (!missing.includes(number)) await this.#tidyOne(number, path, facts, quarantined.get(number));
    }
  }

  /** With its last name that could be seen, a person took the picture itself away. */
  async #tidyForgotten(frame: FrameId, path: string, { device, inode }: FileFacts): Promise<void> {
    const { store, files } = this.#parts;
    if (store.filing(frame)?.placedAs === `${device}:${inode}`) await files.unlink(path);
  }

  async #tidyOne(number: FrameId, path: string, facts: FileFacts, aside?: Quarantined): Promise<void> {
    const { store, files } = this.#parts;
    const filing = store.filing(number);
    const state = filing?.placement.state ?? aside?.state;
    // Whoever has it in work knows where it is.
    if (state === 'planned' || store.regroupings.relocation(number) !== undefined) return;
    for (const one of await this.#whereabouts(filing, aside))
      if (await this.#isThere(one, path, facts)) return files.unlink(path);
    const name = basename((filing?.frame ?? aside)?.source ?? `picture ${number}`);
    await giveBack(join(dirname(path), name), path, files);
  }

  async #whereabouts(filing: Filing | undefined, aside: Quarantined | undefined): Promise<Whereabouts[]> {
    const { files, library } = this.#parts;
    if (filing !== undefined) {
      const { folder, name } = filing.placement;
      return [{ path: join(library, folder, name), fingerprint: filing.frame.fingerprint }];
    }
    if (aside === undefined) return [];
    const folder = join(library, quarantineFolder(aside.id));
    if ((await lookOrNothing(files, folder)) === undefined) return [];
    const entries = await files.list(folder);
    return entries.map(({ name }) => ({ path: join(folder, name), fingerprint: undefined }));
  }

  /** The same file, or another with the same bytes. */
  async #isThere({ path, fingerprint }: Whereabouts, taken: string, facts: FileFacts): Promise<boolean> {
    const { files } = this.#parts;
    const there = await lookOrNothing(files, path);
    if (there?.kind !== 'file') return false;
    if (sameFile(there, facts)) return true;
    if (there.sizeBytes !== facts.sizeBytes) return false;
    const expected = fingerprint ?? (await files.hash(path));
    return (await files.hash(taken)) === expected && (await files.hash(path)) === expected;
  }
}
