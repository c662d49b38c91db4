import type { Camera } from './camera.ts';
import type { Picture } from './picture.ts';
import type { Canvas } from './raster.ts';
import type { Stage } from './shade.ts';
import { paintSky } from './sky.ts';

const STEPS = 14;
const found = new Float32Array(3);

/** Adds reflections on water, polish and wet stone: from visible parts of the picture, else from the sky. */
export function addReflections(canvas: Canvas, stage: Stage, picture: Picture): void {
  const { width, height, light, gloss } = picture;
  const dull = light.slice();
  const { focal, centreX, centreY } = stage.camera;
  for (let row = 0, pixel = 0; row < height; row++) {
    const b = (centreY - row - 0.5) / focal;
    for (let column = 0; column < width; column++, pixel++) {
      const share = gloss[pixel] as number;
      if (share > 0)
        reflectAt(canvas, stage, picture, dull, pixel, share, (column + 0.5 - centreX) / focal, b);
    }
  }
}

function reflectAt(
  canvas: Canvas,
  stage: Stage,
  picture: Picture,
  dull: Float32Array,
  pixel: number,
  share: number,
  a: number,
  b: number,
): void {
  const { right, up, forward } = stage.camera;
  let x = forward[0] + right[0] * a + up[0] * b;
  let y = forward[1] + right[1] * a + up[1] * b;
  let z = forward[2] + right[2] * a + up[2] * b;
  const away = 1 / (canvas.nearness[pixel] as number);
  const longer = Math.sqrt(x * x + y * y + z * z);
  const nx = picture.normals[pixel * 3] as number;
  const ny = picture.normals[pixel * 3 + 1] as number;
  const nz = picture.normals[pixel * 3 + 2] as number;
  const against = -(x * nx + y * ny + z * nz) / longer;
  const strength = fresnel(share, 1 - Math.min(1, Math.max(0, against)));
  x = x / longer + 2 * against * nx;
  y = y / longer + 2 * against * ny;
  z = z / longer + 2 * against * nz;
  const hit = march(
    canvas,
    stage.camera,
    a * away,
    b * away,
    away,
    x * right[0] + y * right[1] + z * right[2],
    x * up[0] + y * up[1] + z * up[2],
    x * forward[0] + y * forward[1] + z * forward[2],
  );
  if (hit >= 0) copyFound(dull, hit * 3);
  else paintBeyond(stage, x, y, z);
  for (let channel = 0; channel < 3; channel++) {
    const at = pixel * 3 + channel;
    picture.light[at] = (dull[at] as number) * (1 - strength) + (found[channel] as number) * strength;
  }
}

/** A flatter view reflects more. */
function fresnel(share: number, flat: number): number {
  const squared = flat * flat;
  return share + (1 - share) * squared * squared * flat * Math.min(1, share * 8);
}

function copyFound(from: Float32Array, at: number): void {
  found[0] = from[at] as number;
  found[1] = from[at + 1] as number;
  found[2] = from[at + 2] as number;
}

/** Reflections from outside the picture: the sky, dimmed under a roof. */
function paintBeyond(stage: Stage, x: number, y: number, z: number): void {
  paintSky(stage.light, x, Math.max(0.02, y), z, found, 0);
  const share = stage.openness < 1 ? stage.openness * 0.5 : 1;
  for (let channel = 0; channel < 3; channel++)
    found[channel] = Math.min(3, (found[channel] as number) * share);
}

/** Follows a ray given in camera coordinates. Returns the pixel that it hits, or -1. */
function march(
  canvas: Canvas,
  camera: Camera,
  px: number,
  py: number,
  pz: number,
  x: number,
  y: number,
  z: number,
): number {
  const { width, height, nearness } = canvas;
  const { focal, centreX, centreY } = camera;
  let far = 0.02 * pz + 0.05;
  for (let step = 0; step < STEPS; step++) {
    const depth = pz + z * far;
    if (depth < 0.1) return -1;
    const column = (centreX + ((px + x * far) / depth) * focal) | 0;
    const row = (centreY - ((py + y * far) / depth) * focal) | 0;
    if (column < 0 || row < 0 || column >= width || row >= height) return -1;
    const near = nearness[row * width + column] as number;
    const behind = near > 0 ? depth - 1 / near : -1;
    if (behind > 0.02 && behind < far * 0.6 + 0.3) return row * width + column;
    far *= 1.42;
  }
  return -1;
}
