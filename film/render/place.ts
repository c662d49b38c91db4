import type { Random } from '../../src/lib/random.ts';
import type { Lamp, Light } from './light.ts';
import type { Pen } from './mesh.ts';
import type { ShadowRange } from './shadow.ts';
import type { Vec3 } from './vec.ts';

/** Where the camera may stand and look in a place. */
export interface View {
  readonly eye: Vec3;
  readonly target: Vec3;
  /** Metres that the eye may move from its place, to the right, up and forward. */
  readonly eyeReach: Vec3;
  /** Metres that the look may move from its target, likewise. */
  readonly targetReach: Vec3;
  readonly fovDeg: number;
}

/** A set for the film: what stands there, how it can be lit, where one can stand. */
export interface Place {
  readonly name: string;
  readonly build: (pen: Pen, random: Random) => void;
  readonly view: View;
  /** How it may be lit, the usual first. */
  readonly moments: readonly Light[];
  readonly lamps: readonly Lamp[];
  readonly shadow: ShadowRange;
  /** Share of the light of the sky that comes in; small under a roof. */
  readonly openness: number;
  /** Stops that a light meter adds here. */
  readonly meterEv: number;
}
