/** Why a picture is unusable. */
export type FrameErrorReason =
  | 'empty'
  | 'not-an-image'
  | 'unsupported-format'
  | 'truncated'
  | 'damaged'
  | 'too-many-pixels'
  | 'too-large'
  | 'decoder-crashed'
  | 'decoder-timed-out'
  | 'decoder-out-of-memory'
  | 'duplicate';

/** This picture is unusable. It goes to quarantine, and work goes on. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly reason: FrameErrorReason;
  constructor(reason: FrameErrorReason, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.reason = reason;
  }
}
