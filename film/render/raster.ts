import type { Camera } from './camera.ts';
import type { Mesh } from './mesh.ts';

/** The nearest triangle at each pixel. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Larger is nearer: for a camera, 1 / depth along its axis. 0 for the background. */
  readonly nearness: Float32Array;
  /** The visible triangle, -1 for none. */
  readonly triangle: Int32Array;
}

/** Distance of the near plane, metres. */
const NEAR = 0.08;
/** x y z of up to four corners of the clipped triangle. */
const clipped = new Float64Array(12);

export function newCanvas(width: number, height: number, background = 0): Canvas {
  return {
    width,
    height,
    nearness: new Float32Array(width * height).fill(background),
    triangle: new Int32Array(width * height).fill(-1),
  };
}

/** Draws the mesh in camera view. */
export function drawMesh(canvas: Canvas, mesh: Mesh, camera: Camera): void {
  const seen = toCamera(mesh.positions, camera);
  const { corners } = mesh;
  for (let t = 0, at = 0; at < corners.length; t++, at += 3) {
    const [a, b, c] = [corners[at] as number, corners[at + 1] as number, corners[at + 2] as number];
    const count = clip(seen, a * 3, b * 3, c * 3);
    if (count >= 3) drawClipped(canvas, t, camera, 0, 1, 2);
    if (count === 4) drawClipped(canvas, t, camera, 0, 2, 3);
  }
}

function toCamera(positions: Float32Array, camera: Camera): Float32Array {
  const seen = new Float32Array(positions.length);
  const { eye, right, up, forward } = camera;
  for (let at = 0; at < positions.length; at += 3) {
    const x = (positions[at] as number) - eye[0];
    const y = (positions[at + 1] as number) - eye[1];
    const z = (positions[at + 2] as number) - eye[2];
    seen[at] = x * right[0] + y * right[1] + z * right[2];
    seen[at + 1] = x * up[0] + y * up[1] + z * up[2];
    seen[at + 2] = x * forward[0] + y * forward[1] + z * forward[2];
  }
  return seen;
}

/** Clips a triangle at the near plane into `clipped`. Returns the number of corners. */
function clip(seen: Float32Array, a: number, b: number, c: number): number {
  const [za, zb, zc] = [seen[a + 2] as number, seen[b + 2] as number, seen[c + 2] as number];
  if (za < NEAR && zb < NEAR && zc < NEAR) return 0;
  let count = keep(seen, a, b, za, zb, 0);
  count = keep(seen, b, c, zb, zc, count);
  return keep(seen, c, a, zc, za, count);
}

/**
 * Adds the corner `from` if it lies in front of the near plane, and the intersection of its edge to `to` with
 * the plane.
 */
function keep(
  seen: Float32Array,
  from: number,
  to: number,
  zFrom: number,
  zTo: number,
  count: number,
): number {
  if (zFrom >= NEAR) {
    put(count++, seen[from] as number, seen[from + 1] as number, zFrom);
  }
  if (zFrom >= NEAR === zTo >= NEAR) return count;
  const t = (NEAR - zFrom) / (zTo - zFrom);
  const x = (seen[from] as number) * (1 - t) + (seen[to] as number) * t;
  put(count++, x, (seen[from + 1] as number) * (1 - t) + (seen[to + 1] as number) * t, NEAR);
  return count;
}

function put(corner: number, x: number, y: number, z: number): void {
  clipped[corner * 3] = x;
  clipped[corner * 3 + 1] = y;
  clipped[corner * 3 + 2] = z;
}

function drawClipped(canvas: Canvas, t: number, camera: Camera, i: number, j: number, k: number): void {
  const { focal, centreX, centreY } = camera;
  const ni = 1 / (clipped[i * 3 + 2] as number);
  const nj = 1 / (clipped[j * 3 + 2] as number);
  const nk = 1 / (clipped[k * 3 + 2] as number);
  const xi = centreX + (clipped[i * 3] as number) * focal * ni;
  const yi = centreY - (clipped[i * 3 + 1] as number) * focal * ni;
  const xj = centreX + (clipped[j * 3] as number) * focal * nj;
  const yj = centreY - (clipped[j * 3 + 1] as number) * focal * nj;
  const xk = centreX + (clipped[k * 3] as number) * focal * nk;
  const yk = centreY - (clipped[k * 3 + 1] as number) * focal * nk;
  drawTriangle(canvas, t, xi, yi, ni, xj, yj, nj, xk, yk, nk);
}

/** Fills a triangle given in pixels; `n` is the nearness of its corners. The nearest triangle wins. */
export function drawTriangle(
  canvas: Canvas,
  t: number,
  x0: number,
  y0: number,
  n0: number,
  x1: number,
  y1: number,
  n1: number,
  x2: number,
  y2: number,
  n2: number,
): void {
  const { width, height, nearness, triangle } = canvas;
  const area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
  if (Math.abs(area) < 1e-9) return;
  const top = Math.max(0, Math.ceil(Math.min(y0, y1, y2) - 0.5));
  const bottom = Math.min(height - 1, Math.floor(Math.max(y0, y1, y2) - 0.5));
  const slopeX = ((n1 - n0) * (y2 - y0) - (n2 - n0) * (y1 - y0)) / area;
  const slopeY = ((n2 - n0) * (x1 - x0) - (n1 - n0) * (x2 - x0)) / area;
  for (let row = top; row <= bottom; row++) {
    const y = row + 0.5;
    const e0 = crossing(x0, y0, x1, y1, y);
    const e1 = crossing(x1, y1, x2, y2, y);
    const e2 = crossing(x2, y2, x0, y0, y);
    // Two of the three edges cross the row; the third is NaN.
    const one = Number.isNaN(e0) ? e1 : e0;
    const other = Number.isNaN(e2) ? e1 : e2;
    const low = Math.min(one, other);
    const high = Math.max(one, other);
    const left = Math.max(0, Math.ceil(low - 0.5));
    const right = Math.min(width - 1, Math.ceil(high - 0.5) - 1);
    let near = n0 + (left + 0.5 - x0) * slopeX + (y - y0) * slopeY;
    for (let pixel = row * width + left, end = row * width + right; pixel <= end; pixel++) {
      if (near > (nearness[pixel] as number)) {
        nearness[pixel] = near;
        triangle[pixel] = t;
      }
      near += slopeX;
    }
  }
}

/** Intersection of an edge with a row, or NaN. */
function crossing(xa: number, ya: number, xb: number, yb: number, y: number): number {
  if (ya <= y === yb <= y) return Number.NaN;
  return xa + ((y - ya) / (yb - ya)) * (xb - xa);
}
