import type { FrameId } from './frame.ts';
import type { GroupId } from './group.ts';

/** A frame whose file is not at its location. */
export interface Missing {
  readonly frame: FrameId;
  readonly group: GroupId;
  readonly name: string;
  /** Traces that identify the file without reading it; see fileTrace and linkTrace. */
  readonly traces: readonly string[];
  /** SHA-256 of the content, to find a copy. Undefined if the file cannot have been copied. */
  readonly fingerprint: string | undefined;
  /** The placement is recorded but not confirmed: an absent file means nothing yet. */
  readonly isInFlight: boolean;
  /** The file left the target folder of a move before the frame became a member there. */
  readonly leftTarget: boolean;
}

/** A file in the library unknown to the store. */
export interface UnknownFile {
  readonly folder: string;
  readonly name: string;
  /** Device and inode. */
  readonly fileId: string;
  readonly traces: readonly string[];
  /** SHA-256 of the content. Undefined unless a missing frame has the same size. */
  readonly fingerprint: string | undefined;
}

export interface KnownGroup {
  readonly id: GroupId;
  readonly folder: string;
  /** Number of frames placed in the folder. */
  readonly frames: number;
}

/** The user's changes, inferred from files. */
export interface UserChanges {
  readonly renamed: readonly { readonly group: GroupId; readonly folder: string }[];
  /** `folder` is a group's folder after `renamed`, or a new folder of the user. */
  readonly moved: readonly { readonly frame: FrameId; readonly from: GroupId; readonly to: UnknownFile }[];
  readonly gone: readonly FrameId[];
}

/**
 * Returns a trace of the file, wherever it lies. File systems reuse inodes of deleted files, therefore the
 * size counts as well.
 */
export function fileTrace(inode: string, sizeBytes: number): string {
  return `${inode} ${sizeBytes}`;
}

/** Returns a trace of a symbolic link: equal targets give equal traces. */
export function linkTrace(target: string): string {
  return `to ${target}`;
}

/**
 * Infers the user's changes from missing and untracked files. Identifies a file by its inode, else by its
 * content. A new folder with most frames of a group is the renamed group, if nothing stayed in the old
 * folder. `groupsInTransit` are groups whose folders hold pictures of planned or recent moves.
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
