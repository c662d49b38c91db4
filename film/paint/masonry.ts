import { cloudy, hash, smooth, stripe } from '../render/noise.ts';
import type { Painter } from '../render/surface.ts';
import { colour } from '../render/vec.ts';
import { blend, tint } from './plain.ts';

export interface BrickOptions {
  readonly brick: string;
  readonly mortar: string;
  readonly widthM: number;
  readonly heightM: number;
  /** Variation of tone between bricks, 0..1. */
  readonly vary?: number;
  readonly gloss?: number;
}

/** Courses of bricks or blocks; every second course is offset by half a brick. */
export function bricks({ brick, mortar, widthM, heightM, vary = 0.4, gloss = 0 }: BrickOptions): Painter {
  const [stone, joint] = [colour(brick), colour(mortar)];
  const thick = 0.09;
  return (s) => {
    const course = Math.floor(s.v / heightM);
    const along = s.u / widthM + (course & 1) * 0.5;
    const tone = hash(Math.floor(along), course);
    const fade = 1 / (1 + (s.grain / heightM) ** 2);
    tint(s, stone, 1 + vary * fade * (tone - 0.5) + 0.5 * (cloudy(s.u, s.v, s.grain) - 0.5));
    const gaps =
      stripe(s.v / heightM, thick, s.grain / heightM) +
      stripe(along, (thick * heightM) / widthM, s.grain / widthM);
    blend(s, joint, Math.min(1, gaps));
    s.gloss = gloss * (1 - Math.min(1, gaps)) * (0.5 + tone * 0.5);
  };
}

/** Square tiles, in two colours like a chess board, with joints. */
export function tiles(hexA: string, hexB: string, sizeM: number, joint = '#6d6a66', gloss = 0): Painter {
  const [a, b, gap] = [colour(hexA), colour(hexB), colour(joint)];
  return (s) => {
    const x = s.u / sizeM;
    const y = s.v / sizeM;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const fade = 1 / (1 + ((s.grain * 1.5) / sizeM) ** 2);
    const odd = 0.5 + (((column + row) & 1) - 0.5) * fade;
    tint(s, a, 0.92 + 0.16 * hash(column, row) * fade + 0.2 * (cloudy(s.u * 2, s.v * 2, s.grain * 2) - 0.5));
    blend(s, b, odd);
    const blur = s.grain / sizeM;
    const gaps = Math.min(1, stripe(x, 0.04, blur) + stripe(y, 0.04, blur));
    blend(s, gap, gaps);
    s.gloss = gloss * (1 - gaps);
  };
}

/** Rounded setts with highlights; `wet` makes them shine. */
export function cobbles(hex: string, sizeM = 0.16, wet = 0): Painter {
  const stone = colour(hex);
  return (s) => {
    const row = Math.floor(s.v / sizeM);
    const along = s.u / sizeM + (row & 1) * 0.5 + 0.2 * hash(row, 3);
    const column = Math.floor(along);
    const x = along - column - 0.5;
    const y = s.v / sizeM - row - 0.5;
    const fade = 1 / (1 + ((s.grain * 1.6) / sizeM) ** 2);
    const dome = Math.max(0, 1 - 3.6 * (x * x * x * x + y * y * y * y) * 4);
    const puddles = cloudy(s.u * 0.35, s.v * 0.35, s.grain);
    tint(
      s,
      stone,
      (0.75 + 0.5 * hash(column, row) * fade) * (1 - 0.55 * fade * (1 - dome)) * (1.1 - 0.3 * puddles),
    );
    s.nx += x * 0.5 * fade;
    s.nz += y * 0.5 * fade;
    s.gloss = wet * (0.35 + 0.65 * smooth(0.4, 0.65, puddles)) * (0.6 + 0.4 * dome);
  };
}

/** Roof tiles in overlapping rows. */
export function shingles(hex: string, sizeM = 0.3): Painter {
  const clay = colour(hex);
  return (s) => {
    const row = Math.floor(s.v / sizeM);
    const along = s.u / (sizeM * 0.7) + (row & 1) * 0.5;
    const fade = 1 / (1 + ((s.grain * 1.5) / sizeM) ** 2);
    const shade = 0.78 + 0.3 * (s.v / sizeM - row) - 0.25 * stripe(along, 0.16, s.grain / sizeM);
    const tone = 0.75 + 0.5 * hash(Math.floor(along), row);
    tint(s, clay, 1 + (shade * tone - 1) * fade + 0.3 * (cloudy(s.u * 0.5, s.v * 0.5, s.grain) - 0.5));
  };
}

export interface FacadeOptions {
  readonly wall: Painter;
  readonly frame: string;
  readonly glass: string;
  /** Metres between windows, and between floors. */
  readonly stepU: number;
  readonly stepV: number;
  /** Size of a window, and height of its sill above the floor, metres. */
  readonly width: number;
  readonly height: number;
  readonly sill: number;
  readonly shutter?: string;
  /** Share of lit windows. */
  readonly lit?: number;
  /** No windows below this height. */
  readonly fromV?: number;
}

/** A wall with windows: frame, cross bars, dark reflecting glass, perhaps shutters and light behind. */
export function facade(options: FacadeOptions): Painter {
  const { wall, stepU, stepV, width, height, sill, lit = 0, fromV = 0 } = options;
  const [frame, glass, warm] = [colour(options.frame), colour(options.glass), colour('#ffc674')];
  const shutter = options.shutter === undefined ? undefined : colour(options.shutter);
  return (s) => {
    wall(s);
    if (s.v < fromV) return;
    const column = Math.floor(s.u / stepU);
    const floor = Math.floor((s.v - fromV) / stepV);
    const x = Math.abs(s.u - (column + 0.5) * stepU) / (width / 2);
    const y = Math.abs(s.v - fromV - floor * stepV - sill - height / 2) / (height / 2);
    if (y > 1.14) return;
    if (x > 1.14) {
      if (shutter !== undefined && x < 2 && y < 1)
        tint(s, shutter, 0.75 + 0.35 * stripe(s.v / 0.12, 0.5, s.grain / 0.12));
      return;
    }
    const bar = (x > 0.9 || y > 0.92 || x < 0.06 || (y < 0.3 && y > 0.22)) && s.grain < 0.12;
    if (x > 1 || y > 1 || bar) return tint(s, frame, x > 1.08 || y > 1.08 ? 0.6 : 1);
    tint(s, glass, 0.7 + 0.6 * hash(column, floor));
    s.gloss = 0.12;
    if (hash(column + 17, floor + 5) < lit) light(s, warm, hash(column, floor + 9));
  };
}

function light(s: Parameters<Painter>[0], warm: readonly [number, number, number], strength: number): void {
  tint(s, warm);
  s.glow = 0.5 + strength * 0.9;
  s.gloss = 0.02;
}
