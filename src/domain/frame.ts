/** A settled picture. Ids rise in the order of arrival, from 1. */
export type FrameId = number & { readonly brand: 'FrameId' };

/** SHA-256 of the file's bytes, in hex: same bytes, same frame. */
export type Fingerprint = string & { readonly brand: 'Fingerprint' };

export interface Frame {
  readonly id: FrameId;
  readonly fingerprint: Fingerprint;
  /** Path of the file on arrival. */
  readonly source: string;
  /** File and content on arrival; see FileStats.identity. */
  readonly identity: string;
  readonly sizeBytes: number;
  readonly captured: CaptureTime;
  readonly arrivedMs: number;
}

/** When the picture was taken, and the source of this time. */
export interface CaptureTime {
  readonly ms: number;
  readonly origin: 'exif' | 'name' | 'mtime';
}

/** Returns the device and inode at the start of an identity. */
export function inodeIn(identity: string): string {
  return identity.split(':', 2).join(':');
}
