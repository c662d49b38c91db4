import type { ExifTime } from '../../../domain/capture-time.ts';
import type { FrameErrorReason } from '../../../domain/frame-error.ts';
import type { PixelSpec } from '../../../domain/pixels.ts';
import type { Payload } from './shared-memory.ts';

/** Messages between the daemon and a decoder process; one picture at a time. */

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

/** File descriptor of the shared buffer in the decoder process, if there is one. */
export const sharedBufferDescriptor = 4;
