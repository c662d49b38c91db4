import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fromBytes, toSystem } from '../../src/lib/fs/byte-path.ts';

/** A file in a folder. */
export interface Lying {
  /** Below the scanned folder; see byte-path.ts for names that are not UTF-8. */
  readonly path: string;
  /** SHA-256 of the content, in hex; for a link, of its target, if any. */
  readonly sha: string;
  readonly stats: Stats;
}

export interface Places {
  readonly inbox: string;
  readonly library: string;
  readonly state: string;
}

/** Paths of inbox, library and state in a test's folder; creates nothing. */
export function placesBelow(folder: string): Places {
  return { inbox: join(folder, 'inbox'), library: join(folder, 'library'), state: join(folder, 'state') };
}

/** A temporary folder, removed at the end of the test. */
export function testFolder(test: TestContext, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'framesort-test-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Every regular file, and every link to one, in all sub-folders, including hidden ones. Skips pipes and other
 * special files.
 */
export function filesBelow(folder: string, inside = ''): Lying[] {
  if (!existsSync(join(folder, inside))) return [];
  const names = readdirSync(toSystem(join(folder, inside)), { encoding: 'buffer' })
    .map(fromBytes)
    .sort();
  return names.flatMap((name) => {
    const [path, whole] = [join(inside, name), toSystem(join(folder, inside, name))];
    if (lstatSync(whole).isDirectory()) return filesBelow(folder, path);
    const stats = statSync(whole, { throwIfNoEntry: false });
    return stats?.isFile() ? [{ path, sha: sha256(readFileSync(whole)), stats }] : [];
  });
}

/** Path and content of each file: equal if nothing was added, removed, renamed or altered. */
export function shaList(folder: string): string[] {
  return filesBelow(folder).map(({ path, sha }) => `${sha}  ${path}`);
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The pictures in a library's groups, by folder, without framesort's hidden files. */
export function groupsIn(library: string): Map<string, Lying[]> {
  const groups = new Map<string, Lying[]>();
  for (const lying of filesBelow(library)) {
    const [folder = ''] = lying.path.split('/');
    if (!lying.path.split('/').some((part) => part === '.framesort'))
      groups.set(folder, [...(groups.get(folder) ?? []), lying]);
  }
  return groups;
}

/** The quarantined files of a library, without their notes. */
export function quarantineIn(library: string): Lying[] {
  const inside = filesBelow(library, join('.framesort', 'quarantine'));
  return inside.filter(({ path }) => !path.endsWith('/reason.json'));
}
