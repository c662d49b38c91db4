import type { Picture } from './picture.ts';

/** Exposure settings of the camera. */
export interface Exposure {
  /** Stops; 0 is the metered exposure. */
  readonly ev: number;
  /** From -1, blue, to 1, amber. */
  readonly warmth: number;
  /** Sensor noise, as a share of the full range. */
  readonly grain: number;
  /** Seed of the noise. */
  readonly seed: number;
}

const CURVE_STEPS = 4096;
const CURVE_TOP = 8;
const curve = toneCurve();

/** Develops light into 8-bit sRGB: bloom, white balance, vignette, tone curve, smooth edges, noise. */
export function develop(picture: Picture, exposure: Exposure): Uint8Array {
  addBloom(picture, 2 ** exposure.ev);
  const flat = expose(picture, exposure);
  const { width, height } = picture;
  const smoothed = smoothEdges(flat, width, height);
  addNoise(smoothed, exposure);
  return smoothed;
}

/** Lets bright spots spill into their neighbourhood, as in a lens. */
function addBloom(picture: Picture, gain: number): void {
  const { width, height, light } = picture;
  const [columns, rows] = [width >> 2, height >> 2];
  let spill = new Float32Array(columns * rows * 3);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = ((row * 4 + 1) * width + column * 4 + 1) * 3;
      const to = (row * columns + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const twice = (light[from + channel] as number) + (light[from + (width + 1) * 3 + channel] as number);
        spill[to + channel] = Math.min(6, Math.max(0, twice / 2 - 1.1 / gain));
      }
    }
  }
  const reach = Math.max(1, Math.round(width / 110));
  for (let pass = 0; pass < 2; pass++) {
    spill = boxBlur(boxBlur(spill, columns, rows, reach, false), columns, rows, reach, true);
  }
  addSpill(picture, spill, columns, rows);
}

function boxBlur(
  from: Float32Array,
  columns: number,
  rows: number,
  reach: number,
  down: boolean,
): Float32Array<ArrayBuffer> {
  const to = new Float32Array(from.length);
  const [lines, cells] = down ? [columns, rows] : [rows, columns];
  const [line, cell] = down ? [3, columns * 3] : [columns * 3, 3];
  for (let i = 0; i < lines * 3; i++) {
    const start = Math.floor(i / 3) * line + (i % 3);
    let sum = 0;
    for (let at = -reach; at < cells; at++) {
      if (at + reach < cells) sum += from[start + (at + reach) * cell] as number;
      if (at - reach - 1 >= 0) sum -= from[start + (at - reach - 1) * cell] as number;
      if (at >= 0) to[start + at * cell] = sum / (2 * reach + 1);
    }
  }
  return to;
}

function addSpill(picture: Picture, spill: Float32Array, columns: number, rows: number): void {
  const { width, height, light } = picture;
  for (let row = 0, at = 0; row < height; row++) {
    const y = Math.min(rows - 1.001, Math.max(0, (row - 1.5) / 4));
    const fy = y - (y | 0);
    for (let column = 0; column < width; column++) {
      const x = Math.min(columns - 1.001, Math.max(0, (column - 1.5) / 4));
      const fx = x - (x | 0);
      let from = ((y | 0) * columns + (x | 0)) * 3;
      for (let channel = 0; channel < 3; channel++, from++, at++) {
        const above = (spill[from] as number) * (1 - fx) + (spill[from + 3] as number) * fx;
        const below =
          (spill[from + columns * 3] as number) * (1 - fx) + (spill[from + columns * 3 + 3] as number) * fx;
        light[at] = (light[at] as number) + 0.22 * (above * (1 - fy) + below * fy);
      }
    }
  }
}

function expose(picture: Picture, { ev, warmth }: Exposure): Uint8Array {
  const { width, height, light } = picture;
  const flat = new Uint8Array(light.length);
  const gain = 2 ** ev * (CURVE_STEPS / CURVE_TOP);
  const [red, blue] = [gain * (1 + 0.16 * warmth), gain * (1 - 0.2 * warmth)];
  for (let row = 0, at = 0; row < height; row++) {
    const y = (row / height - 0.5) * 1.1;
    for (let column = 0; column < width; column++, at += 3) {
      const x = (column / width - 0.5) * 1.3;
      const dim = 1 - 0.55 * (x * x + y * y);
      flat[at] = toned((light[at] as number) * red * dim);
      flat[at + 1] = toned((light[at + 1] as number) * gain * dim);
      flat[at + 2] = toned((light[at + 2] as number) * blue * dim);
    }
  }
  return flat;
}

function toned(step: number): number {
  return curve[step < 0 ? 0 : step >= CURVE_STEPS ? CURVE_STEPS - 1 : step | 0] as number;
}

/** Krzysztof Narkowicz's fit of the ACES film curve, then sRGB. */
function toneCurve(): Uint8Array {
  return Uint8Array.from({ length: CURVE_STEPS }, (_, step) => {
    const x = ((step + 0.5) / CURVE_STEPS) * CURVE_TOP * 0.62;
    const film = Math.min(1, (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14));
    return Math.round(255 * film ** (1 / 2.2));
  });
}

/** Blends along edges, after Timothy Lottes's FXAA. */
function smoothEdges(from: Uint8Array, width: number, height: number): Uint8Array {
  const to = from.slice();
  const luma = lumaOf(from);
  for (let row = 1; row < height - 1; row++) {
    for (let at = row * width + 1, end = (row + 1) * width - 1; at < end; at++) {
      const nw = luma[at - width - 1] as number;
      const ne = luma[at - width + 1] as number;
      const sw = luma[at + width - 1] as number;
      const se = luma[at + width + 1] as number;
      const low = Math.min(nw, ne, sw, se);
      const high = Math.max(nw, ne, sw, se);
      if (high - low > 14 + high * 0.08)
        blendAlong(from, to, width, height, at, sw + se - nw - ne, nw + sw - ne - se);
    }
  }
  return to;
}

function blendAlong(
  from: Uint8Array,
  to: Uint8Array,
  width: number,
  height: number,
  at: number,
  x: number,
  y: number,
): void {
  const longest = Math.max(Math.abs(x), Math.abs(y)) || 1;
  const dx = Math.round((x / longest) * 1.4);
  const dy = Math.round((y / longest) * 1.4);
  const step = dx + dy * width;
  const last = width * height - 1;
  const before = Math.min(last, Math.max(0, at - step)) * 3;
  const after = Math.min(last, Math.max(0, at + step)) * 3;
  for (let channel = 0; channel < 3; channel++) {
    const here = from[at * 3 + channel] as number;
    to[at * 3 + channel] =
      0.4 * here + 0.3 * ((from[before + channel] as number) + (from[after + channel] as number));
  }
}

function lumaOf(pixels: Uint8Array): Uint8Array {
  const luma = new Uint8Array(pixels.length / 3);
  for (let pixel = 0, at = 0; pixel < luma.length; pixel++, at += 3) {
    luma[pixel] =
      ((pixels[at] as number) * 77 + (pixels[at + 1] as number) * 150 + (pixels[at + 2] as number) * 29) >> 8;
  }
  return luma;
}

function addNoise(pixels: Uint8Array, { grain, seed }: Exposure): void {
  let state = (seed | 0) ^ 0x9e3779b9 || 1;
  const amount = (grain * 255 * 1.7) / 256;
  for (let at = 0; at < pixels.length; at += 3) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // Two bytes make a triangle-shaped spread; the rest tints it slightly.
    const grey = (state & 255) + ((state >>> 8) & 255) - 255;
    const tint = ((state >>> 16) & 255) - 128;
    add(pixels, at, grey * amount + tint * amount * 0.5);
    add(pixels, at + 1, grey * amount);
    add(pixels, at + 2, grey * amount - tint * amount * 0.6);
  }
}

function add(pixels: Uint8Array, at: number, change: number): void {
  const value = (pixels[at] as number) + change;
  pixels[at] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
}
