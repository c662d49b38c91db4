import type { ExifTime } from '../../../domain/capture-time.ts';
import type { FrameErrorReason } from '../../../domain/frame-error.ts';
import type { PixelSpec } from '../../../domain/pixels.ts';
import type { Payload } from './shared-memory.ts';

/** What the daemon and a process that decodes say to each other; one picture at a time. */

export interface DecodeRequest {
  readonly picture: Payload;
  readonly spec: PixelSpec;
}

export type DecodeReply =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'decoded';
      readonly pixels: Payload;
      readonly width: number;
      readonly height: number;
      readonly taken: ExifTime | undefined;
    }
  | { readonly kind: 'faulty'; readonly reason: FrameErrorReason; readonly message: string };

/** The descriptor under which the process finds the scratch file, when it has one. */
export const sharedBufferDescriptor = 4;
