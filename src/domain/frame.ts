/** One settled picture. Ids rise in the order of arrival, from 1. */
export type FrameId = number & { readonly brand: 'FrameId' };

/** SHA-256 of the file's bytes, in hex: same bytes, same frame. */
export type Fingerprint = string & { readonly brand: 'Fingerprint' };

export interface Frame {
  readonly id: FrameId;
  readonly fingerprint: Fingerprint;
  /** Where it was found. */
  readonly source: string;
  /** Which file and content that was; see FileFacts.identity. */
  readonly identity: string;
  readonly sizeBytes: number;
  readonly captured: CaptureTime;
  readonly arrivedMs: number;
}

/** When the picture was taken, and how we know. */
export interface CaptureTime {
  readonly ms: number;
  readonly origin: 'exif' | 'name' | 'mtime';
}

/** Device and inode, with which an identity begins. */
export function inodeIn(identity: string): string {
  return identity.split(':', 2).join(':');
}
