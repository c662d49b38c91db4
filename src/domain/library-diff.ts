import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** A frame whose file is not where it was placed. */
export interface Missing {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly name: string;
  /** What its file is known by without reading it; see fileTrace and linkTrace. */
  readonly traces: readonly string[];
  /** Its content tells as well where it went; undefined when it can't have gone by copy. */
  readonly fingerprint: string | undefined;
  /** Recorded and not known to be placed: where it is not found, nothing has happened yet. */
  readonly isInFlight: boolean;
  /** Was taken from a group into which it was being moved, and of whose frames it is not one yet. */
  readonly leftTarget: boolean;
}

/** A file in the library that the store does not know there. */
export interface UnknownFile {
  readonly folder: string;
  readonly name: string;
  /** Device and inode. */
  readonly placedAs: string;
  readonly traces: readonly string[];
  /** Read only where a missing frame has the same size. */
  readonly fingerprint: string | undefined;
}

export interface KnownGroup {
  readonly id: GroupId;
  readonly folder: string;
  /** Frames that were placed in it. */
  readonly frames: number;
}

/** What a person did, as far as the files tell. */
export interface UserChanges {
  readonly renamed: readonly { readonly group: GroupId; readonly folder: string }[];
  /** `folder` is that of a group after `renamed`, or of a new one that the person founded. */
  readonly moved: readonly { readonly frame: FrameId; readonly from: GroupId; readonly to: UnknownFile }[];
  readonly gone: readonly FrameId[];
}

/** The same file, wherever it is: inodes are given to new files when old ones are deleted, so its size counts as well. */
export function fileTrace(inode: string, sizeBytes: number): string {
  return `${inode} ${sizeBytes}`;
}

/** The same symbolic link, or its like. */
export function linkTrace(target: string): string {
  return `to ${target}`;
}

/**
 * Reads a person's intent from files that left and files that came. A file is the same by its inode, else by its
 * content. A folder that no group has, and that holds most of a group of which nothing stayed, is that group, renamed.
 * `hosts`: groups in whose folders pictures stayed that are not theirs yet, or not any more.
 */
export function interpretDiff(
  missing: readonly Missing[],
  untracked: readonly UnknownFile[],
  groups: readonly KnownGroup[],
  groupsInTransit: ReadonlySet<GroupId> = new Set(),
): UserChanges {
  const pairs = pairUp(missing, untracked);
  const renamed = renames(pairs, missing, groups, groupsInTransit);
  const newFolder = new Map(renamed.map(({ group, folder }) => [group, folder]));
  const folderOf = new Map(groups.map(({ id, folder }) => [id, newFolder.get(id) ?? folder]));
  const moved = [...pairs]
    .filter(([lost, to]) => folderOf.get(lost.group) !== to.folder || lost.name !== to.name)
    .map(([lost, to]) => ({ frame: lost.frame, from: lost.group, to }));
  const gone = missing.filter((lost) => !pairs.has(lost) && !lost.isInFlight);
  return { renamed, moved, gone: gone.map(({ frame }) => frame) };
}

function pairUp(missing: readonly Missing[], untracked: readonly UnknownFile[]): Map<Missing, UnknownFile> {
  const byTrace = new Map(
    untracked.flatMap((untrackedFile) => untrackedFile.traces.map((trace) => [trace, untrackedFile])),
  );
  const pairs = new Map<Missing, UnknownFile>();
  const taken = new Set<UnknownFile>();
  const pair = (lost: Missing, untrackedFile: UnknownFile | undefined) => {
    if (untrackedFile === undefined || taken.has(untrackedFile)) return;
    pairs.set(lost, untrackedFile);
    taken.add(untrackedFile);
  };
  for (const lost of missing)
    for (const trace of lost.traces) if (!pairs.has(lost)) pair(lost, byTrace.get(trace));
  for (const lost of missing) {
    if (pairs.has(lost) || lost.fingerprint === undefined) continue;
    pair(
      lost,
      untracked.find(
        (untrackedFile) => !taken.has(untrackedFile) && untrackedFile.fingerprint === lost.fingerprint,
      ),
    );
  }
  return pairs;
}

function renames(
  pairs: ReadonlyMap<Missing, UnknownFile>,
  missing: readonly Missing[],
  groups: readonly KnownGroup[],
  groupsInTransit: ReadonlySet<GroupId>,
): { group: GroupId; folder: string }[] {
  const known = new Set(groups.map(({ folder }) => folder));
  const claimed = new Set<string>();
  return groups.flatMap(({ id, frames }) => {
    const folders = Array.from(pairs, ([lost, to]) => (lost.group === id ? to.folder : undefined));
    const [folder, count] = mostCommon(folders.filter((one) => one !== undefined && !known.has(one)));
    const stayed = frames - missing.filter(({ group, leftTarget }) => group === id && !leftTarget).length;
    if (folder === undefined || claimed.has(folder)) return [];
    if (2 * count <= frames || stayed > 0 || groupsInTransit.has(id)) return [];
    claimed.add(folder);
    return [{ group: id, folder }];
  });
}

function mostCommon(words: readonly (string | undefined)[]): [word: string | undefined, count: number] {
  const counts = new Map<string | undefined, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Array.from(counts).sort((a, b) => b[1] - a[1])[0] ?? [undefined, 0];
}
