import type { Random } from '../src/lib/random.ts';
import type { CameraPose } from './render/camera.ts';
import type { View } from './render/place.ts';
import { add, cross, scale, subtract, unit, type Vec3 } from './render/vec.ts';

/** Returns the camera pose at a share, 0..1, of the shot. */
export type Move = (share: number) => CameraPose;

/** A point in the camera range of a view: shares, -1..1, of the ranges of eye and target. */
interface Stand {
  readonly eye: Vec3;
  readonly target: Vec3;
}

/** Change of the stand in each kind of move. */
const moves: readonly Stand[] = [
  { eye: [0.1, 0, 0.1], target: [1.1, 0.2, 0] }, // pan
  { eye: [0.1, 0.1, 1.2], target: [0.2, 0.1, 0.3] }, // dolly
  { eye: [1.2, 0.1, 0.1], target: [0.1, 0, 0] }, // orbit
  { eye: [0.3, 1.2, 0.2], target: [0.2, 0.5, 0] }, // crane
  { eye: [0.8, 0.2, 0.7], target: [0.6, 0.2, 0.3] }, // walk
];

/** Plans a hand-held move. Each revisit starts from another part of the view. */
export function planMove(random: Random, view: View, visitsBefore: number): Move {
  const middle = standFor(random, visitsBefore);
  const kind = random.pick(moves);
  const turn = random.next() < 0.5 ? 1 : -1;
  const lean = random.between(-1, 1);
  const phase = random.between(0, 100);
  return (share) => {
    const swing = turn * (share - 0.5);
    const stand = {
      eye: inside(add(middle.eye, scale(kind.eye, swing))),
      target: inside(add(middle.target, scale(kind.target, swing))),
    };
    return shaken(poseAt(view, stand), lean, phase + share * 9);
  };
}

/** Alternates left, right and middle, to vary revisits. */
function standFor(random: Random, visitsBefore: number): Stand {
  const side = [-0.55, 0.55, 0][visitsBefore % 3] as number;
  const near = (middle: number) => middle + random.between(-0.3, 0.3);
  return { eye: [near(side), near(0), near(0)], target: [near(side * 0.4), near(0), near(0)] };
}

function inside([x, y, z]: Vec3): Vec3 {
  const limit = (share: number) => Math.max(-1, Math.min(1, share));
  return [limit(x), limit(y), limit(z)];
}

function poseAt(view: View, stand: Stand): CameraPose {
  const forward = unit(subtract(view.target, view.eye));
  const right = unit(cross(forward, [0, 1, 0]));
  const flat = unit([forward[0], 0, forward[2]]);
  const reach = (origin: Vec3, far: Vec3, share: Vec3): Vec3 =>
    add(
      add(origin, add(scale(right, far[0] * share[0]), [0, far[1] * share[1], 0])),
      scale(flat, far[2] * share[2]),
    );
  return {
    eye: reach(view.eye, view.eyeReach, stand.eye),
    target: reach(view.target, view.targetReach, stand.target),
    rollDeg: 0,
    fovDeg: view.fovDeg,
  };
}

/** Camera shake: slow sums of sines. */
function shaken(pose: CameraPose, lean: number, time: number): CameraPose {
  const wave = (speed: number) => Math.sin(time * speed) * 0.6 + Math.sin(time * speed * 2.3 + 1) * 0.4;
  const jitter: Vec3 = [wave(1.1) * 0.02, wave(1.7) * 0.02, wave(1.3) * 0.02];
  return {
    ...pose,
    eye: add(pose.eye, jitter),
    target: add(pose.target, scale(jitter, -1.5)),
    rollDeg: lean + wave(0.7) * 0.6,
  };
}
