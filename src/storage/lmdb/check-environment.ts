import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FatalError } from '../../lib/errors.ts';

/**
 * LMDB trusts its file: opening garbage ends the process, and opening half a file loses rows in silence. So
 * framesort checks the file first. The layout is from LMDB's meta pages (mdb.c, MDB_meta).
 */

const magic = 0xbeefc0de;
const dataVersion = 2;
const offset = { magic: 24, version: 28, pageSize: 48, lastPage: 144, transaction: 152 } as const;
const metaBytes = 160;

/**
 * Makes the folder. Throws FatalError if the folder holds anything but a complete LMDB environment of ours.
 */
export function checkEnvironment(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const [data, marker] = [join(folder, 'data.mdb'), join(folder, 'initialised')];
  if (!existsSync(marker)) return;
  if (!existsSync(data)) throw damaged(folder, 'its data file is missing');
  const fault = faultIn(data);
  if (fault !== undefined) throw damaged(folder, fault);
}

/** Records that the environment holds data, so that an empty environment later counts as lost. */
export function markInitialised(folder: string): void {
  const marker = join(folder, 'initialised');
  if (!existsSync(marker))
    writeFileSync(marker, 'This state has held frames; data.mdb must not be missing or empty.\n');
}

function faultIn(data: string): string | undefined {
  const file = openSync(data, 'r');
  try {
    const sizeBytes = fstatSync(file).size;
    const first = readMeta(file, 0);
    if (first === undefined) return `its data file is no LMDB file (${sizeBytes} bytes)`;
    const second = readMeta(file, first.pageSize) ?? first;
    const newest = second.transaction > first.transaction ? second : first;
    const neededBytes = (newest.lastPage + 1) * first.pageSize;
    return neededBytes - sizeBytes > unwrittenMax(newest.lastPage) * first.pageSize
      ? `its data file was cut to ${sizeBytes} of ${neededBytes} bytes`
      : undefined;
  } finally {
    closeSync(file);
  }
}

/**
 * LMDB counts pages that a transaction took at the end of the file and gave back, and never writes the pages:
 * a complete file may lack some. A truncated file usually lacks more.
 */
function unwrittenMax(pages: number): number {
  return Math.max(8, Math.min(256, Math.floor(pages / 8)));
}

function readMeta(file: number, at: number) {
  const page = Buffer.alloc(metaBytes);
  if (readSync(file, page, 0, metaBytes, at) < metaBytes) return undefined;
  if (page.readUInt32LE(offset.magic) !== magic) return undefined;
  if ((page.readUInt32LE(offset.version) & 0xffff) !== dataVersion) return undefined;
  return {
    pageSize: page.readUInt32LE(offset.pageSize),
    lastPage: Number(page.readBigUInt64LE(offset.lastPage)),
    transaction: page.readBigUInt64LE(offset.transaction),
  };
}

function damaged(folder: string, fault: string): FatalError {
  return new FatalError(`open the store in ${folder}: ${fault}`, {
    hint: 'No picture is touched. Put a backup of the folder in its place, or move it away to start anew.',
  });
}
