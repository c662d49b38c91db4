import { join } from 'node:path';
import type { Mode } from '../../src/domain/placement.ts';
import { filesBelow, groupsIn, type Lying, quarantineIn, sha256 } from '../support/folders.ts';

export interface Places {
  readonly inbox: string;
  /** Folder of the library's files, mounted or not. */
  readonly library: string;
}

interface Due {
  min: number;
  max: number;
  /** Number of arrivals. */
  readonly times: number;
  readonly isReadable: boolean;
}

/**
 * Accounts for all arrivals, removals and moves by people: the expected location of every content. In mode
 * `move` a content counts anywhere. In all other modes the inbox must stay unchanged, and the groups get one
 * file for each content.
 */
export class Ledger {
  readonly #mode: Mode;
  readonly #due = new Map<string, Due>();
  /** Files that must stay in the inbox, in modes other than `move`. */
  readonly #inbox = new Map<string, string>();
  /** Path below the library, and content, of files placed by people. */
  readonly #pinned = new Map<string, string>();
  /** Pictures from outside the inboxes: framesort need not know them. */
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

  /** A person removed a name of this content, or replaced the file. Call afterwards. */
  removed(sha: string, places: Places, isSure = true): void {
    const due = this.#due.get(sha);
    if (due === undefined) return;
    // A picture in transit may have two names. The daemon chooses the last one.
    due.min = Math.max(0, due.min - 1);
    if (!isSure && this.#mode !== 'move') return;
    // Other files of this content may still wait in the inbox, without being counted.
    const waiting = this.#mode === 'move' ? due.min : due.max - 1;
    due.max = Math.max(due.min, Math.min(due.max, Math.max(this.#count(places).get(sha) ?? 0, waiting)));
  }

  takenFromInbox(path: string, sha: string, places: Places): void {
    this.#inbox.delete(path);
    const due = this.#due.get(sha);
    if (this.#mode === 'move') this.removed(sha, places);
    // A picture moving to another group has two names for a moment.
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

  /** A command renamed a folder: its files lie in the renamed folder. */
  renamedFolder(from: string, to: string): void {
    for (const [path, sha] of Array.from(this.#pinned)) {
      if (!path.startsWith(`${from}/`)) continue;
      this.#pinned.delete(path);
      this.#pinned.set(`${to}${path.slice(from.length)}`, sha);
    }
  }

  /** Checks the invariant at any moment. */
  losses(places: Places): string[] {
    const counts = this.#count(places);
    const lost = Array.from(this.#due).flatMap(([sha, { min }]) =>
      this.#mode === 'move' && (counts.get(sha) ?? 0) < min
        ? [`${counts.get(sha) ?? 0} of at least ${min} files with ${sha} are left`]
        : [],
    );
    return [...lost, ...this.#inboxChanges(places), ...this.#undone(places)];
  }

  /** Checks the state after all work is done. */
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

  /** Counts the files of each content. A file with several names counts once if several names are allowed. */
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

/** Without the watcher's own probe file: it is empty and recreated at each probe. */
function inboxOf(inbox: string): Lying[] {
  return filesBelow(inbox).filter(({ path }) => path !== '.framesort-probe');
}
