import type { Camera } from './camera.ts';
import type { Mesh } from './mesh.ts';
import type { Canvas } from './raster.ts';

/** Range of ambient occlusion, metres. */
const REACH = 0.9;
const SAMPLES = 7;
/** Sixteen neighbouring pixels rotate their samples differently; the blur afterwards evens them out. */
const TURNS = 16;
const [offsetsX, offsetsY] = [sampleOffsets(Math.cos), sampleOffsets(Math.sin)];

function sampleOffsets(axis: (angle: number) => number): Float32Array {
  return Float32Array.from({ length: TURNS * SAMPLES }, (_, at) => {
    const [turn, sample] = [Math.floor(at / SAMPLES), at % SAMPLES];
    return axis((((turn * 7) % TURNS) / TURNS) * 2 * Math.PI + sample * 2.4) * ((sample + 0.7) / SAMPLES);
  });
}

/** Share of ambient light, 0..1, for every second pixel in each direction. */
export function occlusionOf(canvas: Canvas, mesh: Mesh, camera: Camera): Float32Array {
  const width = canvas.width >> 1;
  const height = canvas.height >> 1;
  const open = new Float32Array(width * height).fill(1);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = row * 2 * canvas.width + column * 2;
      if ((canvas.triangle[pixel] as number) < 0) continue;
      const turn = ((row & 3) * 4 + (column & 3)) * SAMPLES;
      open[row * width + column] = openness(canvas, mesh, camera, column * 2, row * 2, turn);
    }
  }
  return blur(blur(open, width, height, 1), width, height, width);
}

function openness(
  canvas: Canvas,
  mesh: Mesh,
  camera: Camera,
  column: number,
  row: number,
  turn: number,
): number {
  const { focal, centreX, centreY, right, up, forward } = camera;
  const pixel = row * canvas.width + column;
  const z = 1 / (canvas.nearness[pixel] as number);
  const x = ((column + 0.5 - centreX) / focal) * z;
  const y = ((centreY - row - 0.5) / focal) * z;
  const t = (canvas.triangle[pixel] as number) * 3;
  const fx = mesh.facing[t] as number;
  const fy = mesh.facing[t + 1] as number;
  const fz = mesh.facing[t + 2] as number;
  let nx = fx * right[0] + fy * right[1] + fz * right[2];
  let ny = fx * up[0] + fy * up[1] + fz * up[2];
  let nz = fx * forward[0] + fy * forward[1] + fz * forward[2];
  if (nx * x + ny * y + nz * z > 0) {
    nx = -nx;
    ny = -ny;
    nz = -nz;
  }
  const spread = Math.min(canvas.height * 0.22, Math.max(3, (REACH * focal) / z));
  let hidden = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const sx = (column + (offsetsX[turn + i] as number) * spread) | 0;
    const sy = (row + (offsetsY[turn + i] as number) * spread) | 0;
    if (sx < 0 || sy < 0 || sx >= canvas.width || sy >= canvas.height) continue;
    const near = canvas.nearness[sy * canvas.width + sx] as number;
    if (near <= 0) continue;
    const sz = 1 / near;
    const dx = ((sx + 0.5 - centreX) / focal) * sz - x;
    const dy = ((centreY - sy - 0.5) / focal) * sz - y;
    const dz = sz - z;
    const apart = dx * dx + dy * dy + dz * dz + 1e-6;
    const raised = (dx * nx + dy * ny + dz * nz) / Math.sqrt(apart) - 0.08;
    if (raised > 0) hidden += raised / (1 + apart / (REACH * REACH));
  }
  return Math.max(0.12, 1 - (hidden / SAMPLES) * 1.9);
}

/** Averages four neighbours along `step`. */
function blur(from: Float32Array, width: number, height: number, step: number): Float32Array {
  const to = from.slice();
  const end = width * height - 2 * step;
  for (let at = step; at < end; at++) {
    const sum =
      (from[at - step] as number) +
      (from[at] as number) +
      (from[at + step] as number) +
      (from[at + 2 * step] as number);
    to[at] = sum / 4;
  }
  return to;
}
