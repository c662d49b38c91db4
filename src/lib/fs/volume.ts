import { statfs } from 'node:fs/promises';
import { toSystem } from './byte-path.ts';

/** Facts about a mounted file system. */
export interface Volume {
  /** Free bytes for this process. */
  readonly freeBytes: number;
  /** Whether other machines can change files without notice to this kernel. */
  readonly isRemote: boolean;
}

/** Throws the system's error. */
export async function volumeOf(folder: string): Promise<Volume> {
  const { type, bavail, bsize } = await statfs(toSystem(folder));
  return { freeBytes: bavail * bsize, isRemote: remoteTypes.has(type >>> 0) };
}

// Types from statfs(2), linux/magic.h. FUSE includes sshfs, rclone and virtiofs, but also local file systems:
// an unneeded poll does no harm.
const remoteTypes = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x65735546, // FUSE
  0x01021997, // 9P
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x786f4256, // VirtualBox
  0x47504653, // GPFS
  0x0bd00bd0, // Lustre
]);
