import type { Camera } from './camera.ts';
import type { Lamp, Light } from './light.ts';
import type { Mesh } from './mesh.ts';
import { newPicture, type Picture } from './picture.ts';
import type { Canvas } from './raster.ts';
import { type ShadowMap, sunReaching } from './shadow.ts';
import { paintSky } from './sky.ts';
import { newSurface, type Painter, type Surface } from './surface.ts';

/** The inputs of shading. */
export interface Stage {
  readonly mesh: Mesh;
  readonly camera: Camera;
  readonly light: Light;
  readonly lamps: readonly Lamp[];
  readonly shadows: ShadowMap;
  /** Share of sky light; small under a roof. */
  readonly openness: number;
}

const surface = newSurface();

/** Colours every pixel of the canvas: the visible surface, or the sky. */
export function shade(canvas: Canvas, stage: Stage, open: Float32Array): Picture {
  const { width, height } = canvas;
  const picture = newPicture(width, height);
  const { camera, light } = stage;
  const { right, up, forward, focal, centreX, centreY } = camera;
  for (let row = 0, pixel = 0; row < height; row++) {
    const b = (centreY - row - 0.5) / focal;
    for (let column = 0; column < width; column++, pixel++) {
      const a = (column + 0.5 - centreX) / focal;
      const x = forward[0] + right[0] * a + up[0] * b;
      const y = forward[1] + right[1] * a + up[1] * b;
      const z = forward[2] + right[2] * a + up[2] * b;
      const longer = Math.sqrt(x * x + y * y + z * z);
      if ((canvas.triangle[pixel] as number) < 0) {
        paintSky(light, x / longer, y / longer, z / longer, picture.light, pixel * 3);
        continue;
      }
      const openHere =
        open[Math.min((height >> 1) - 1, row >> 1) * (width >> 1) + Math.min((width >> 1) - 1, column >> 1)];
      shadePoint(canvas, stage, picture, pixel, x, y, z, longer, openHere as number);
    }
  }
  return picture;
}

function shadePoint(
  canvas: Canvas,
  stage: Stage,
  picture: Picture,
  pixel: number,
  x: number,
  y: number,
  z: number,
  longer: number,
  open: number,
): void {
  const { mesh, camera } = stage;
  const away = 1 / (canvas.nearness[pixel] as number);
  const t = canvas.triangle[pixel] as number;
  surface.x = camera.eye[0] + x * away;
  surface.y = camera.eye[1] + y * away;
  surface.z = camera.eye[2] + z * away;
  interpolate(mesh, t, surface);
  faceViewer(surface, x, y, z);
  const slant = Math.abs(surface.nx * x + surface.ny * y + surface.nz * z) / longer;
  surface.grain = (away * longer) / camera.focal / Math.sqrt(Math.max(slant, 0.08));
  surface.glow = 0;
  surface.gloss = 0;
  (mesh.paints[mesh.paintOf[t] as number] as Painter)(surface);
  illuminate(stage, picture, pixel, away * longer, open);
  if (surface.gloss > 0) keepMirror(picture, pixel, surface);
}

/** Interpolates the corners of triangle `t` at the surface point. */
function interpolate(mesh: Mesh, t: number, s: Surface): void {
  const { weights, corners, normals, uvs } = mesh;
  const w = t * 8;
  const second =
    (weights[w] as number) * s.x +
    (weights[w + 1] as number) * s.y +
    (weights[w + 2] as number) * s.z +
    (weights[w + 3] as number);
  const third =
    (weights[w + 4] as number) * s.x +
    (weights[w + 5] as number) * s.y +
    (weights[w + 6] as number) * s.z +
    (weights[w + 7] as number);
  const first = 1 - second - third;
  const i = corners[t * 3] as number;
  const j = corners[t * 3 + 1] as number;
  const k = corners[t * 3 + 2] as number;
  s.u = (uvs[i * 2] as number) * first + (uvs[j * 2] as number) * second + (uvs[k * 2] as number) * third;
  s.v =
    (uvs[i * 2 + 1] as number) * first +
    (uvs[j * 2 + 1] as number) * second +
    (uvs[k * 2 + 1] as number) * third;
  const a = i * 3;
  const b = j * 3;
  const c = k * 3;
  s.nx = (normals[a] as number) * first + (normals[b] as number) * second + (normals[c] as number) * third;
  s.ny =
    (normals[a + 1] as number) * first +
    (normals[b + 1] as number) * second +
    (normals[c + 1] as number) * third;
  s.nz =
    (normals[a + 2] as number) * first +
    (normals[b + 2] as number) * second +
    (normals[c + 2] as number) * third;
}

function faceViewer(s: Surface, x: number, y: number, z: number): void {
  const towards = s.nx * x + s.ny * y + s.nz * z > 0 ? -1 : 1;
  const size = towards / (Math.sqrt(s.nx * s.nx + s.ny * s.ny + s.nz * s.nz) || 1);
  s.nx *= size;
  s.ny *= size;
  s.nz *= size;
}

/** Adds up sun, sky, ground and lamps, then the air between point and eye. */
function illuminate(stage: Stage, picture: Picture, pixel: number, metres: number, open: number): void {
  const { light, lamps, shadows, openness } = stage;
  const { sun, sunColour, zenith, horizon, bounce } = light;
  const s = surface;
  const facing = s.nx * sun[0] + s.ny * sun[1] + s.nz * sun[2];
  const sunlit = facing > 0 ? facing * sunReaching(shadows, s.x, s.y, s.z, slackFor(shadows, facing)) : 0;
  const upward = 0.5 + 0.5 * s.ny;
  const sky = open * openness * upward * 0.9;
  const ground = open * openness * (1 - upward) + 0.06 * open * openness;
  let r = sunColour[0] * sunlit + (zenith[0] * 0.6 + horizon[0] * 0.4) * sky + bounce[0] * ground;
  let g = sunColour[1] * sunlit + (zenith[1] * 0.6 + horizon[1] * 0.4) * sky + bounce[1] * ground;
  let b = sunColour[2] * sunlit + (zenith[2] * 0.6 + horizon[2] * 0.4) * sky + bounce[2] * ground;
  if (light.lamps > 0) {
    const shaded = light.lamps * (0.35 + 0.65 * open);
    for (let i = 0; i < lamps.length; i++) {
      const { at, colour } = lamps[i] as Lamp;
      const dx = at[0] - s.x;
      const dy = at[1] - s.y;
      const dz = at[2] - s.z;
      const apart = dx * dx + dy * dy + dz * dz;
      const cosine = s.nx * dx + s.ny * dy + s.nz * dz;
      const facingLamp = cosine > 0 ? 0.25 + (0.75 * cosine) / Math.sqrt(apart) : 0.25;
      const reaching = (facingLamp * shaded) / (apart + 0.6);
      r += colour[0] * reaching;
      g += colour[1] * reaching;
      b += colour[2] * reaching;
    }
  }
  const air = light.haze > 0 ? 1 - Math.exp(-light.haze * metres) : 0;
  const out = picture.light;
  const at = pixel * 3;
  out[at] = s.r * (r + s.glow) * (1 - air) + horizon[0] * air;
  out[at + 1] = s.g * (g + s.glow) * (1 - air) + horizon[1] * air;
  out[at + 2] = s.b * (b + s.glow) * (1 - air) + horizon[2] * air;
}

/** A face at a grazing angle varies more in depth within one texel. */
function slackFor({ perMetre }: ShadowMap, facing: number): number {
  return 0.02 + (0.7 + Math.min(6, (1.4 * (1 - facing)) / facing)) / perMetre;
}

function keepMirror(picture: Picture, pixel: number, s: Surface): void {
  picture.gloss[pixel] = s.gloss;
  picture.normals[pixel * 3] = s.nx;
  picture.normals[pixel * 3 + 1] = s.ny;
  picture.normals[pixel * 3 + 2] = s.nz;
}
