import type { Embedding } from './embedding.ts';
import type { CaptureTime, Fingerprint } from './frame.ts';
import type { FrameErrorReason } from './frame-error.ts';

/** A settled file after decoding and embedding: the input of a decision. */
export type Arrival = ReadableArrival | UnreadableArrival;

export interface ReadableArrival extends ArrivedFile {
  readonly kind: 'readable';
  readonly fingerprint: Fingerprint;
  readonly sizeBytes: number;
  readonly captured: CaptureTime;
  readonly embedding: Embedding;
}

export interface UnreadableArrival extends ArrivedFile {
  readonly kind: 'unreadable';
  readonly reason: FrameErrorReason;
  readonly message: string;
}

interface ArrivedFile {
  readonly source: string;
  readonly identity: string;
  readonly arrivedMs: number;
}

/** How long each stage took for one arrival. */
export interface StageTimes {
  readonly readMs: number;
  readonly decodeMs: number;
  readonly embedMs: number;
}
