import { createHash } from 'node:crypto';
import { type BigIntStats, constants, type Dirent, lstat } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Allocate, allocate } from '../buffer-pool.ts';
import { codeOf } from '../errors.ts';
import { fromBytes, toSystem } from './byte-path.ts';
import { type Volume, volumeOf } from './volume.ts';

/**
 * The file system as used by all rooms. Paths are byte-safe. Only methods with "over" in their name replace
 * files, except for our own files. All changes are durable before the promise resolves. Tests inject faults.
 */
export interface FileSystem {
  /** Does not follow symbolic links. Throws the system's error. */
  stat(path: string): Promise<FileStats>;
  /** Returns the entries of a folder, sorted by the bytes of their names. */
  readFolder(folder: string): Promise<readonly Entry[]>;
  /**
   * Returns the bytes and stats of a regular file, both of the same inode. A file that grew has one byte more
   * than its stats tell, a file that shrank has fewer. Does not follow symbolic links. Allocates the bytes by
   * `allocate`.
   */
  read(path: string, allocate?: Allocate): Promise<{ readonly bytes: Buffer; readonly facts: FileStats }>;
  /** Returns the file system of a folder. */
  volume(folder: string): Promise<Volume>;
  /** Returns the SHA-256 of the content, in hex. */
  hash(path: string): Promise<string>;
  /** Creates a folder, if missing. Throws ENOENT if its parent is missing. */
  makeFolder(path: string): Promise<void>;
  /** Creates a hard link. Throws EEXIST if `to` is in use. */
  link(from: string, to: string): Promise<void>;
  /** Throws EEXIST if `to` is in use. */
  symlink(target: string, to: string): Promise<void>;
  /** Replaces an existing `to`: for our own names only. */
  renameOver(from: string, to: string): Promise<void>;
  /** Creates an empty file. Throws EEXIST if the name is in use. */
  reserve(path: string): Promise<void>;
  /** Copies content, mode, times and, if permitted, the owner to our own name, durably. */
  copyOver(from: string, to: string, how: 'copy' | 'reflink'): Promise<void>;
  /** Writes our own file atomically. */
  write(path: string, content: string): Promise<void>;
  /** Appends to our own file, durably. Creates a missing file. */
  append(path: string, content: string): Promise<void>;
  readLink(path: string): Promise<string>;
  unlink(path: string): Promise<void>;
  /** Throws ENOTEMPTY if the folder is not empty. */
  removeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
}

export interface FileStats {
  readonly kind: Entry['kind'];
  /** Identifies file and content: device, inode, size, mtime. */
  readonly identity: string;
  readonly device: bigint;
  readonly inode: bigint;
  /** Number of hard links. */
  readonly links: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export const nodeFileSystem: FileSystem = {
  volume: volumeOf,

  async stat(path) {
    return statsOf(await lstatBig(toSystem(path)));
  },

  async readFolder(folder) {
    const entries = await fs.readdir(toSystem(folder), { withFileTypes: true, encoding: 'buffer' });
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    return entries.map((entry) => ({ name: fromBytes(entry.name), kind: kindOf(entry) }));
  },

  async read(path, room = allocate) {
    const handle = await fs.open(toSystem(path), readFlags);
    try {
      const facts = statsOf(await handle.stat({ bigint: true }));
      const bytes = facts.kind === 'file' ? await readUpTo(facts.sizeBytes, handle, room) : Buffer.alloc(0);
      return { bytes, facts };
    } finally {
      await handle.close();
    }
  },

  async hash(path) {
    const hash = createHash('sha256');
    const handle = await fs.open(toSystem(path), readFlags);
    for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk);
    return hash.digest('hex');
  },

  async makeFolder(path) {
    try {
      await fs.mkdir(toSystem(path));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  },

  link: (from, to) => fs.link(toSystem(from), toSystem(to)),
  symlink: (target, to) => fs.symlink(toSystem(target), toSystem(to)),
  renameOver: (from, to) => fs.rename(toSystem(from), toSystem(to)),
  unlink: (path) => fs.unlink(toSystem(path)),
  removeFolder: (path) => fs.rmdir(toSystem(path)),
  readLink: async (path) => fromBytes(await fs.readlink(toSystem(path), { encoding: 'buffer' })),

  async reserve(path) {
    await (await fs.open(toSystem(path), 'wx')).close();
  },

  async copyOver(from, to, how) {
    await fs.rm(toSystem(to), { force: true });
    await fs.copyFile(toSystem(from), toSystem(to), copyFlags[how]);
    await copyStats(from, to);
  },

  async write(path, content) {
    const draft = join(dirname(path), `.${basename(path)}.draft`);
    const handle = await fs.open(toSystem(draft), 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(toSystem(draft), toSystem(path));
    await this.syncFolder(dirname(path));
  },

  async append(path, content) {
    const handle = await fs.open(toSystem(path), 'a');
    try {
      await handle.writeFile(content);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  },

  async syncFolder(path) {
    const handle = await fs.open(toSystem(path), 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** The most frequent call; `fs.promises` needs half as much CPU time again. */
function lstatBig(path: string | Buffer): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    lstat(path, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

// Non-blocking: a FIFO in place of a picture must not block us.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const copyFlags = {
  copy: constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
  reflink: constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE,
} as const;

/** Reads in one call if possible: a short read of the expected length is the end of the file. */
async function readUpTo(sizeBytes: number, handle: fs.FileHandle, room: Allocate): Promise<Buffer> {
  const bytes = room(sizeBytes + 1);
  let at = 0;
  do {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  } while (at < sizeBytes);
  return bytes.subarray(0, at);
}

async function copyStats(from: string, to: string): Promise<void> {
  const { mode, uid, gid, atimeMs, mtimeMs } = await fs.lstat(toSystem(from));
  const handle = await fs.open(toSystem(to), 'r');
  try {
    if (process.getuid?.() === 0) await handle.chown(uid, gid);
    await handle.chmod(mode & 0o7777);
    await handle.utimes(atimeMs / 1000, mtimeMs / 1000);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface BigStats {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly nlink: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

function statsOf(stats: BigStats): FileStats {
  return {
    kind: kindOf(stats),
    identity: `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`,
    device: stats.dev,
    inode: stats.ino,
    links: Number(stats.nlink),
    sizeBytes: Number(stats.size),
    mtimeMs: Number(stats.mtimeNs) / 1e6,
    ctimeMs: Number(stats.ctimeNs) / 1e6,
  };
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): Entry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'special';
}
