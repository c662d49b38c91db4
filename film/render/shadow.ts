import type { Mesh } from './mesh.ts';
import { type Canvas, drawTriangle, newCanvas } from './raster.ts';
import { cross, dot, unit, type Vec3 } from './vec.ts';

/** The part of a place with shadows. */
export interface ShadowRange {
  readonly centre: Vec3;
  /** Metres. */
  readonly radius: number;
}

/** The place in the sun's view. */
export interface ShadowMap {
  readonly canvas: Canvas;
  readonly right: Vec3;
  readonly up: Vec3;
  readonly sun: Vec3;
  /** Pixels per metre, and the pixel and height of the world's origin. */
  readonly perMetre: number;
  readonly originX: number;
  readonly originY: number;
}

const SIDE = 1024;

export function shadowMapOf(mesh: Mesh, range: ShadowRange, sun: Vec3): ShadowMap {
  const right = unit(cross(sun, Math.abs(sun[1]) > 0.99 ? [1, 0, 0] : [0, 1, 0]));
  const up = cross(right, sun);
  const perMetre = SIDE / 2 / range.radius;
  const map = {
    canvas: newCanvas(SIDE, SIDE, Number.NEGATIVE_INFINITY),
    right,
    up,
    sun,
    perMetre,
    originX: SIDE / 2 - dot(range.centre, right) * perMetre,
    originY: SIDE / 2 - dot(range.centre, up) * perMetre,
  };
  drawFromSun(map, mesh);
  return map;
}

function drawFromSun(map: ShadowMap, mesh: Mesh): void {
  const { canvas, right, up, sun, perMetre, originX, originY } = map;
  const { positions, corners } = mesh;
  const seen = new Float32Array(positions.length);
  for (let at = 0; at < positions.length; at += 3) {
    const point: Vec3 = [positions[at] as number, positions[at + 1] as number, positions[at + 2] as number];
    seen[at] = originX + dot(point, right) * perMetre;
    seen[at + 1] = originY + dot(point, up) * perMetre;
    seen[at + 2] = dot(point, sun);
  }
  for (let at = 0; at < corners.length; at += 3) drawSeen(canvas, seen, corners, at);
}

function drawSeen(canvas: Canvas, seen: Float32Array, corners: Uint32Array, at: number): void {
  const [a, b, c] = [
    (corners[at] as number) * 3,
    (corners[at + 1] as number) * 3,
    (corners[at + 2] as number) * 3,
  ];
  const [ax, ay, az] = [seen[a] as number, seen[a + 1] as number, seen[a + 2] as number];
  const [bx, by, bz] = [seen[b] as number, seen[b + 1] as number, seen[b + 2] as number];
  drawTriangle(
    canvas,
    at / 3,
    ax,
    ay,
    az,
    bx,
    by,
    bz,
    seen[c] as number,
    seen[c + 1] as number,
    seen[c + 2] as number,
  );
}

/**
 * Share of sunlight, 0..1, at a point, softened over four texels. `slack`, in metres, prevents
 * self-shadowing.
 */
export function sunReaching(map: ShadowMap, x: number, y: number, z: number, slack: number): number {
  const { right, up, sun, perMetre, originX, originY } = map;
  const across = originX + (x * right[0] + y * right[1] + z * right[2]) * perMetre - 0.5;
  const along = originY + (x * up[0] + y * up[1] + z * up[2]) * perMetre - 0.5;
  const column = Math.floor(across);
  const row = Math.floor(along);
  if (column < 0 || row < 0 || column >= SIDE - 1 || row >= SIDE - 1) return 1;
  const height = x * sun[0] + y * sun[1] + z * sun[2] + slack;
  const { nearness } = map.canvas;
  const at = row * SIDE + column;
  const fx = across - column;
  const fy = along - row;
  const above = lit(nearness, at, height) * (1 - fx) + lit(nearness, at + 1, height) * fx;
  const below = lit(nearness, at + SIDE, height) * (1 - fx) + lit(nearness, at + SIDE + 1, height) * fx;
  return above * (1 - fy) + below * fy;
}

function lit(nearness: Float32Array, at: number, height: number): number {
  return height >= (nearness[at] as number) ? 1 : 0;
}
