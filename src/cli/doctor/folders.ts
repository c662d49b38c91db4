import {
  constants,
  copyFileSync,
  linkSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../lib/errors.ts';
import { type Finding, fail, ok, warn } from './check.ts';

/** Checks the configured folders: permissions, and abilities of their file systems. */
export function checkFolders(inboxes: readonly string[], library: string | null, state: string): Finding[] {
  const named = [
    ...inboxes.map((folder) => ({ what: `inbox ${folder}`, folder })),
    ...(library === null ? [] : [{ what: `library ${library}`, folder: library }]),
    { what: `state ${state}`, folder: state },
  ];
  const findings = named.map(({ what, folder }) => checkFolder(what, folder));
  const usable = (folder: string) =>
    findings.find(({ what }) => what.endsWith(` ${folder}`))?.state !== 'fail';
  if (inboxes.length === 0)
    findings.push(warn('inbox', 'none is set', 'Name one with --inbox or in the configuration.'));
  if (library === null) {
    findings.push(warn('library', 'none is set', 'Name one with --library or in the configuration.'));
    return findings;
  }
  const pairs = inboxes.filter((inbox) => usable(inbox) && usable(library));
  return [...findings, ...pairs.map((inbox) => checkWay(inbox, library))];
}

const freeEnoughBytes = 1e9;

/** From the numbers in statfs(2). */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  16914836: 'tmpfs',
  801189825: 'zfs',
  2035054128: 'overlayfs',
  26985: 'nfs',
  4283649346: 'cifs',
  4266872130: 'smb2',
  19780: 'fat',
  538032816: 'exfat',
  1702057286: 'fuse',
  1397118030: 'ntfs',
};

const remote = new Set(['nfs', 'cifs', 'smb2', 'fuse']);

function checkFolder(what: string, folder: string): Finding {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined)
    return warn(what, 'is not there', 'It is made at the first start, unless its disk is only not mounted.');
  try {
    const probeFile = join(folder, `.framesort-doctor-${process.pid}`);
    writeFileSync(probeFile, '');
    rmSync(probeFile);
  } catch (error) {
    return fail(
      what,
      `can't be written: ${messageOf(error)}`,
      'Give the user that runs framesort the right to write there.',
    );
  }
  return describeDisk(what, folder);
}

function describeDisk(what: string, folder: string): Finding {
  const { type, bavail, bsize } = statfsSync(folder);
  const kind = fileSystems[type] ?? `file system 0x${type.toString(16)}`;
  const freeBytes = bavail * bsize;
  const says = `writable, ${kind}, ${(freeBytes / 1e9).toFixed(1)} GB free`;
  if (freeBytes < freeEnoughBytes) return warn(what, says, 'Make room: a full disk makes the daemon wait.');
  if (what.startsWith('state') && remote.has(kind))
    return warn(what, says, 'Put the state on a local disk: a database on a network share may be damaged.');
  return ok(what, says);
}

/** Checks the way of a file from the inbox into the library. */
function checkWay(inbox: string, library: string): Finding {
  const what = `from ${inbox} to the library`;
  const [source, target] = [inbox, library].map((folder) =>
    join(folder, `.framesort-doctor-${process.pid}`),
  ) as [string, string];
  try {
    writeFileSync(source, '');
    const can = [
      ['hard links', () => linkSync(source, target)],
      ['reflinks', () => copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE)],
      ['renames', () => renameSync(source, target)],
    ].filter(([, act]) => works(act as () => void, target));
    const names = can.map(([name]) => name).join(', ');
    const isOneDisk = statSync(inbox).dev === statSync(library).dev;
    return isOneDisk
      ? ok(what, `one file system; ${names || 'copies only'}`)
      : warn(what, 'two file systems: each move is a copy', 'Faster on one; safe on two.');
  } catch (error) {
    return fail(what, messageOf(error), 'See what the two folders say above.');
  } finally {
    for (const path of [source, target]) rmSync(path, { force: true });
  }
}

function works(act: () => void, target: string): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  } finally {
    rmSync(target, { force: true });
  }
}
