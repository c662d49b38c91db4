import { join } from 'node:path';
import type { Mode } from '../../src/domain/placement.ts';
import { filesBelow, groupsIn, type Lying, quarantineIn, sha256 } from '../support/folders.ts';

export interface Places {
  readonly inbox: string;
  /** Where the library's files are, mounted or not. */
  readonly library: string;
}

interface Due {
  min: number;
  max: number;
  /** How often it came. */
  readonly times: number;
  readonly isReadable: boolean;
}

/**
 * What must be where, whatever the daemon does: an account of all that came, of what people took away, and of what
 * they put somewhere with their own hands. In mode `move` a content counts wherever it is; in the others the inbox
 * must stay as it is, and the groups get one each.
 */
export class Ledger {
  readonly #mode: Mode;
  readonly #due = new Map<string, Due>();
  /** Files of the inbox that must stay, in the modes that leave them. */
  readonly #inbox = new Map<string, string>();
  /** Path below the library and content of what a person put there. */
  readonly #pinned = new Map<string, string>();
  /** Pictures that no inbox brought: nobody promised to know them. */
  readonly foreign = new Set<string>();

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  arrived(path: string, bytes: Buffer, isReadable: boolean): void {
    const sha = sha256(bytes);
    if (this.#mode !== 'move') this.#inbox.set(path, sha);
    if (this.#mode !== 'move' && !isReadable) return;
    const due = this.#due.get(sha) ?? { min: 0, max: 0, times: 0 };
    const times = due.times + 1;
    this.#due.set(sha, { min: due.min + 1, max: due.max + 1, times, isReadable });
  }

  /** A person removed a name of this content, or replaced what stood there; call it afterwards. */
  removed(sha: string, places: Places, isSure = true): void {
    const due = this.#due.get(sha);
    if (due === undefined) return;
    // While a picture is on its way it may have two names; which of them is the last one is the daemon's affair.
    due.min = Math.max(0, due.min - 1);
    if (!isSure && this.#mode !== 'move') return;
    // Others of this content may still wait in the inbox, where those do not count.
    const waiting = this.#mode === 'move' ? due.min : due.max - 1;
    due.max = Math.max(due.min, Math.min(due.max, Math.max(this.#count(places).get(sha) ?? 0, waiting)));
  }

  takenFromInbox(path: string, sha: string, places: Places): void {
    this.#inbox.delete(path);
    const due = this.#due.get(sha);
    if (this.#mode === 'move') this.removed(sha, places);
    // A picture that is going to another group has two names for a moment.
    else if (due !== undefined) due.min = Math.min(due.min, countFiles(inGroups(places)).get(sha) ?? 0);
  }

  put(path: string, sha: string): void {
    this.#pinned.set(path, sha);
  }

  putByHand(path: string, sha: string): void {
    this.put(path, sha);
    this.foreign.add(sha);
  }

  isPinned(path: string): boolean {
    return this.#pinned.has(path);
  }

  unpin(path: string): void {
    this.#pinned.delete(path);
  }

  /** What must hold at any moment. */
  losses(places: Places): string[] {
    const counts = this.#count(places);
    const lost = Array.from(this.#due).flatMap(([sha, { min }]) =>
      this.#mode === 'move' && (counts.get(sha) ?? 0) < min
        ? [`${counts.get(sha) ?? 0} of at least ${min} files with ${sha} are left`]
        : [],
    );
    return [...lost, ...this.#inboxChanges(places), ...this.#undone(places)];
  }

  /** What must hold when all work is done. */
  faults(places: Places, leavesDuplicates: boolean): string[] {
    const counts = this.#count(places);
    const wrong = Array.from(this.#due).flatMap(([sha, { min, max }]) => {
      const count = counts.get(sha) ?? 0;
      return count < min || count > max
        ? [`${count} files with ${sha}, where there should be ${min} to ${max}`]
        : [];
    });
    const unknown = Array.from(counts.keys()).filter((sha) => !this.#due.has(sha) && !this.foreign.has(sha));
    return [
      ...wrong,
      ...unknown.map((sha) => `a file with ${sha} has come from nowhere`),
      ...this.#inboxChanges(places),
      ...this.#undone(places),
      ...this.#misplaced(places, leavesDuplicates),
    ];
  }

  #misplaced({ inbox, library }: Places, leavesDuplicates: boolean): string[] {
    const filed = inGroups({ library });
    const aside = quarantineIn(library);
    const isReadable = ({ sha }: Lying) => this.#due.get(sha)?.isReadable === true;
    const isDouble = ({ sha }: Lying) => leavesDuplicates && (this.#due.get(sha)?.times ?? 0) > 1;
    return [
      ...aside.filter((one) => isReadable(one) && !isDouble(one)).map(({ path }) => `${path} is readable`),
      ...filed
        .filter((one) => this.#due.get(one.sha)?.isReadable === false)
        .map(({ path }) => `${path} is no picture`),
      ...(this.#mode === 'move' ? inboxOf(inbox) : [])
        .filter((one) => !isDouble(one))
        .map(({ path }) => `${path} is still in the inbox`),
    ];
  }

  #inboxChanges({ inbox }: Places): string[] {
    const there = new Map(filesBelow(inbox).map(({ path, sha }) => [path, sha]));
    return Array.from(this.#inbox)
      .filter(([path, sha]) => there.get(path) !== sha)
      .map(([path]) => `${path} is not in the inbox as it came`);
  }

  #undone({ library }: Places): string[] {
    const there = new Map(filesBelow(library).map(({ path, sha }) => [path, sha]));
    return Array.from(this.#pinned)
      .filter(([path, sha]) => there.get(path) !== sha)
      .map(([path]) => `${join('library', path)} is not as a person left it`);
  }

  /** How many files hold each content; one file of several names counts once where it may have several. */
  #count({ inbox, library }: Places): Map<string, number> {
    const groups = inGroups({ library });
    if (this.#mode !== 'move') return countBy(groups.map(({ sha }) => sha));
    const drafts = filesBelow(library, join('.framesort', 'drafts'));
    return countFiles([...inboxOf(inbox), ...groups, ...quarantineIn(library), ...drafts]);
  }
}

function inGroups({ library }: Pick<Places, 'library'>): Lying[] {
  return Array.from(groupsIn(library).values()).flat();
}

/** Names of one file count once. */
function countFiles(names: readonly Lying[]): Map<string, number> {
  const files = new Map(names.map(({ sha, stats }) => [`${stats.dev}:${stats.ino}`, sha]));
  return countBy(Array.from(files.values()));
}

function countBy(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Not the file by which the watcher looks whether events come: it is ours, empty, and made anew at each look. */
function inboxOf(inbox: string): Lying[] {
  return filesBelow(inbox).filter(({ path }) => path !== '.framesort-probe');
}
