import { createHash } from 'node:crypto';
import { type BigIntStats, constants, type Dirent, lstat } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Allocate, allocate } from '../buffer-pool.ts';
import { codeOf } from '../errors.ts';
import { fromBytes, toSystem } from './byte-path.ts';
import { type Volume, volumeOf } from './volume.ts';

/**
 * The file system as the stages see it: byte-safe paths, nothing that replaces an existing file except where the name
 * says so, and everything made durable before it is relied upon. Tests pass a faulty one.
 */
export interface FileSystem {
  /** Never follows a symbolic link. Throws the system's error. */
  stat(path: string): Promise<FileStats>;
  /** The entries of a folder, sorted by the bytes of their names. */
  readFolder(folder: string): Promise<readonly Entry[]>;
  /**
   * Bytes and facts of one regular file, both of the same inode; one byte more than the facts say when it grew, fewer when
   * it shrank. Never follows a symbolic link. The bytes lie in what `allocate` gives.
   */
  read(path: string, allocate?: Allocate): Promise<{ readonly bytes: Buffer; readonly facts: FileStats }>;
  /** The file system that a folder lies on. */
  volume(folder: string): Promise<Volume>;
  /** SHA-256 of the content, in hex. */
  hash(path: string): Promise<string>;
  /** Nothing where it is there; ENOENT where the folder around it is not. */
  makeFolder(path: string): Promise<void>;
  /** A second name for the same file; EEXIST if `to` is taken. */
  link(from: string, to: string): Promise<void>;
  /** EEXIST if `to` is taken. */
  symlink(target: string, to: string): Promise<void>;
  /** Replaces `to` when it is there: only for names that are ours. */
  renameOver(from: string, to: string): Promise<void>;
  /** An empty file of our own; EEXIST if the name is taken. */
  reserve(path: string): Promise<void>;
  /** Copies content, mode, times and, where allowed, owner to a name of ours, durably. */
  copyOver(from: string, to: string, how: 'copy' | 'reflink'): Promise<void>;
  /** Writes a file of ours whole or not at all. */
  write(path: string, content: string): Promise<void>;
  /** Adds to the end of a file of ours, durably; makes it if missing. */
  append(path: string, content: string): Promise<void>;
  readLink(path: string): Promise<string>;
  unlink(path: string): Promise<void>;
  /** ENOTEMPTY where something is in it. */
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
  /** Changes whenever another file or another content stands at the path: device, inode, size, mtime. */
  readonly identity: string;
  readonly device: bigint;
  readonly inode: bigint;
  /** How many names it has. */
  readonly links: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export const nodeFileSystem: FileSystem = {
  volume: volumeOf,

  async stat(path) {
    return factsOf(await lookAt(toSystem(path)));
  },

  async readFolder(folder) {
    const entries = await fs.readdir(toSystem(folder), { withFileTypes: true, encoding: 'buffer' });
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    return entries.map((entry) => ({ name: fromBytes(entry.name), kind: kindOf(entry) }));
  },

  async read(path, room = allocate) {
    const handle = await fs.open(toSystem(path), readFlags);
    try {
      const facts = factsOf(await handle.stat({ bigint: true }));
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
    await keepFacts(from, to);
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

/** `fs.promises` takes half as much CPU again for it, and this is what is done most. */
function lookAt(path: string | Buffer): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    lstat(path, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

// Not blocking: a FIFO put in a picture's place must not stop us.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const copyFlags = {
  copy: constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
  reflink: constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE,
} as const;

/** In one call where the system gives all at once: less than was asked for is the end, once it is what was expected. */
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

async function keepFacts(from: string, to: string): Promise<void> {
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

function factsOf(stats: BigStats): FileStats {
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
