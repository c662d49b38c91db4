import type { Random } from '../../src/lib/random.ts';
import type { Lamp, Light } from './light.ts';
import type { Pen } from './mesh.ts';
import type { ShadowRange } from './shadow.ts';
import type { Vec3 } from './vec.ts';

/** Range of camera positions and targets in a place. */
export interface View {
  readonly eye: Vec3;
  readonly target: Vec3;
  /** Range of the eye around its position, metres: right, up and forward. */
  readonly eyeReach: Vec3;
  /** Range of the target, likewise. */
  readonly targetReach: Vec3;
  readonly fovDeg: number;
}

/** A set of the film: its objects, lighting and camera range. */
export interface Place {
  readonly name: string;
  readonly build: (pen: Pen, random: Random) => void;
  readonly view: View;
  /** Possible lighting, the usual first. */
  readonly moments: readonly Light[];
  readonly lamps: readonly Lamp[];
  readonly shadow: ShadowRange;
  /** Share of sky light; small under a roof. */
  readonly openness: number;
  /** Stops added by a light meter here. */
  readonly meterEv: number;
}
