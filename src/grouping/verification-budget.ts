/**
 * Limits the rate of keypoint verification. Each frame earns a fraction of a verification, and unused
 * fractions accumulate. The budget counts frames, not time: equal arrivals get equal decisions on every
 * machine.
 */

/** Frames that earn one verification. */
export const framesPerVerification = 256;

/** Most verifications to save up. */
const verificationsMax = 8;

/** Budget of a new store. */
export const initialBudget = framesPerVerification;

/** The budget, in frames. */
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

  /** Records a decision, with or without verification. */
  charge(verified: boolean): void {
    this.#frames = Math.min(
      verificationsMax * framesPerVerification,
      this.#frames + 1 - (verified ? framesPerVerification : 0),
    );
  }
}
