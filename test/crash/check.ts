import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { filesBelow, groupsIn, type Lying, quarantineIn, sha256 } from '../support/folders.ts';
import type { Arrival, Plan } from './plan.ts';

/** The folders of a round, and their intended contents. */
export interface Scene {
  readonly inbox: string;
  readonly library: string;
  readonly state: string;
  /** All files written to the inbox and not removed again. */
  readonly arrived: Arrival[];
  /** Files put into the library by others: path below the library, and content. */
  readonly foreign: Map<string, string>;
}

/** Descriptions of broken promises. */
export type Violations = string[];

/**
 * Checks the invariant, even right after a kill: each arrived picture is in the inbox, a group or quarantine.
 */
export function lostPictures({ inbox, library, arrived }: Scene): Violations {
  const places = [...filesBelow(inbox), ...inGroups(library), ...quarantineIn(library)];
  const inodes = new Map<string, Set<string>>();
  for (const { sha, stats } of places) {
    inodes.set(sha, (inodes.get(sha) ?? new Set()).add(`${stats.dev}:${stats.ino}`));
  }
  const wanted = countBy(arrived.map(({ bytes }) => sha256(bytes)));
  return Array.from(wanted)
    .filter(([sha, count]) => (inodes.get(sha)?.size ?? 0) < count)
    .map(([sha, count]) => `${inodes.get(sha)?.size ?? 0} of ${count} files with ${sha} are left`);
}

/** Checks the state after all work is done. */
export function endViolations(scene: Scene, plan: Plan): Violations {
  return [
    ...misplaced(scene, plan),
    ...altered(scene, plan),
    ...tempNameCleanup(scene),
    ...unexplained(scene),
  ];
}

/** Every file exists once, at the location required by mode and duplicates policy. */
function misplaced(scene: Scene, { mode, duplicates }: Plan): Violations {
  const seen = new Set<string>();
  const expected = { inbox: [] as string[], groups: [] as string[], quarantine: [] as string[] };
  const stays = mode !== 'move';
  for (const { bytes, isReadable } of [...scene.arrived].sort(byPath)) {
    const sha = sha256(bytes);
    const isDouble = isReadable && seen.has(sha) && duplicates !== 'file';
    if (isReadable) seen.add(sha);
    const refused = !isReadable || (isDouble && duplicates === 'quarantine');
    if (stays || (isDouble && duplicates === 'skip')) expected.inbox.push(sha);
    if (isReadable && !isDouble) expected.groups.push(sha);
    if (refused && !stays) expected.quarantine.push(sha);
  }
  return [
    ...differences('the inbox', expected.inbox, filesBelow(scene.inbox)),
    ...differences('the groups', expected.groups, ownInGroups(scene)),
    ...differences('quarantine', expected.quarantine, quarantineIn(scene.library)),
  ];
}

function differences(where: string, expected: readonly string[], found: readonly Lying[]): Violations {
  const [wanted, there] = [countBy(expected), countBy(found.map(({ sha }) => sha))];
  const shas = new Set([...wanted.keys(), ...there.keys()]);
  return Array.from(shas)
    .filter((sha) => wanted.get(sha) !== there.get(sha))
    .map(
      (sha) =>
        `${where} should hold ${sha} ${wanted.get(sha) ?? 0} times, holds it ${there.get(sha) ?? 0} times`,
    );
}

/** Name, time and permissions are the picture's original ones. */
function altered(scene: Scene, { mode }: Plan): Violations {
  const known = new Set(
    scene.arrived.map((one) => facts(sha256(one.bytes), one.mtimeMs, one.fileMode, one.path)),
  );
  const found = [...filesBelow(scene.inbox), ...ownInGroups(scene), ...quarantineIn(scene.library)];
  const changed = found.filter(
    ({ sha, stats, path }) => !known.has(facts(sha, Math.round(stats.mtimeMs), stats.mode & 0o7777, path)),
  );
  const moved = mode === 'move' ? [] : movedInInbox(scene);
  return [...changed.map(({ path }) => `${path} has another name, time or mode than it came with`), ...moved];
}

function facts(sha: string, mtimeMs: number, fileMode: number, path: string): string {
  return [sha, mtimeMs, fileMode, basename(path).replace(/ \(\d+\)\./, '.')].join(' ');
}

function movedInInbox({ inbox, arrived }: Scene): Violations {
  const there = new Map(filesBelow(inbox).map(({ path, sha }) => [path, sha]));
  return arrived
    .filter(({ path, bytes }) => there.get(path) !== sha256(bytes))
    .map(({ path }) => `${path} is not in the inbox any more`);
}

function tempNameCleanup({ library, foreign }: Scene): Violations {
  const drafts = filesBelow(library).filter(({ path }) => /draft/.test(path));
  const there = new Map(filesBelow(library).map(({ path, sha }) => [path, sha]));
  const touched = Array.from(foreign).filter(
    ([path, content]) => there.get(path) !== sha256(Buffer.from(content)),
  );
  return [
    ...drafts.map(({ path }) => `${path} was left behind`),
    ...touched.map(([path]) => `${path} is not ours and was touched`),
  ];
}

function unexplained({ library }: Scene): Violations {
  return quarantineIn(library)
    .filter(({ path }) => !existsSync(join(library, dirname(path), 'reason.json')))
    .map(({ path }) => `${path} has no reason beside it`);
}

/** Describes the grouping as text: equal texts for equal groupings, whatever the folders' names. */
export function partitionOf(scene: Scene): string {
  const groups = new Map<string, string[]>();
  for (const { path, sha } of ownInGroups(scene)) {
    const folder = dirname(path);
    groups.set(folder, [...(groups.get(folder) ?? []), sha]);
  }
  return Array.from(groups.values(), (shas) => shas.sort().join(' '))
    .sort()
    .join('\n');
}

function inGroups(library: string): Lying[] {
  return Array.from(groupsIn(library).values()).flat();
}

function ownInGroups({ library, foreign }: Scene): Lying[] {
  return inGroups(library).filter(({ path }) => !foreign.has(path));
}

function countBy(shas: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const sha of shas) counts.set(sha, (counts.get(sha) ?? 0) + 1);
  return counts;
}

function byPath(a: Arrival, b: Arrival): number {
  return a.path < b.path ? -1 : 1;
}
