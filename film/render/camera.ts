import { cross, scale, subtract, unit, type Vec3 } from './vec.ts';

/** Position and target of the camera. */
export interface CameraPose {
  readonly eye: Vec3;
  readonly target: Vec3;
  /** Roll of the horizon, degrees. */
  readonly rollDeg: number;
  /** Vertical field of view, degrees. */
  readonly fovDeg: number;
}

/** A pose, prepared for one picture size. */
export interface Camera {
  readonly eye: Vec3;
  readonly right: Vec3;
  readonly up: Vec3;
  readonly forward: Vec3;
  /** Focal length and middle of the picture, in pixels. */
  readonly focal: number;
  readonly centreX: number;
  readonly centreY: number;
}

export function cameraFor(pose: CameraPose, width: number, height: number): Camera {
  const forward = unit(subtract(pose.target, pose.eye));
  const level = unit(cross(forward, [0, 1, 0]));
  const upright = cross(level, forward);
  const roll = (pose.rollDeg * Math.PI) / 180;
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  return {
    eye: pose.eye,
    right: subtract(scale(level, cos), scale(upright, -sin)),
    up: subtract(scale(upright, cos), scale(level, sin)),
    forward,
    focal: height / 2 / Math.tan((pose.fovDeg * Math.PI) / 360),
    centreX: width / 2,
    centreY: height / 2,
  };
}
