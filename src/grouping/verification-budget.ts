/**
 * How often keypoints may be asked: each frame earns a part of a look, and what is not needed is saved up. Counted, not
 * timed, so that the same arrivals are decided the same on every machine.
 */

/** Frames that earn one look. */
export const framesPerVerification = 256;

/** Looks that are saved up at the most. */
const verificationsMax = 8;

/** What a new store begins with. */
export const initialBudget = framesPerVerification;

/** In frames. */
export class VerificationBudget {
  #frames: number;

  constructor(frames: number) {
    this.#frames = frames;
  }

  get frames(): number {
    return this.#frames;
  }

  get isEnough(): boolean {
    return this.#frames >= framesPerVerification;
  }

  /** A frame was decided, with or without a look. */
  charge(looked: boolean): void {
    this.#frames = Math.min(
      verificationsMax * framesPerVerification,
      this.#frames + 1 - (looked ? framesPerVerification : 0),
    );
  }
}
