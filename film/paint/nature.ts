import { cloudy, hash, smooth } from '../render/noise.ts';
import type { Painter } from '../render/surface.ts';
import { colour, type Vec3 } from '../render/vec.ts';
import { blend, tint } from './plain.ts';

/** Translucent leaves. The builder passes each leaf's tone as u. */
export function foliage(hexDark: string, hexLight: string): Painter {
  const [dark, light] = [colour(hexDark), colour(hexLight)];
  return (s) => {
    tint(s, dark);
    const lumps = cloudy(s.x * 1.3 + s.y, s.z * 1.3 - s.y * 0.7, s.grain);
    blend(s, light, 0.55 * lumps + 0.45 * Math.min(1, Math.abs(s.u)));
    s.glow = 0.09;
  };
}

/** Grass: blades near by, patches far off. */
export function grass(hexA: string, hexB: string, metres = 2.5): Painter {
  const [a, b] = [colour(hexA), colour(hexB)];
  return (s) => {
    tint(s, a, 0.6 + 0.8 * cloudy(s.x * 9, s.z * 5, s.grain * 6));
    blend(s, b, smooth(0.3, 0.75, cloudy(s.x / metres, s.z / metres, s.grain / metres)));
  };
}

/** Sand, earth or snow: fine grains on soft shaded ripples. */
export function loose(hex: string, hexShade: string, ripple = 0.2, metres = 1.2): Painter {
  const [light, dark] = [colour(hex), colour(hexShade)];
  return (s) => {
    const u = s.x / metres;
    const v = s.z / metres;
    const blur = s.grain / metres;
    const here = cloudy(u, v, blur);
    tint(s, light, 0.85 + 0.3 * cloudy(s.x * 7, s.z * 7, s.grain * 7));
    blend(s, dark, smooth(0.45, 0.9, cloudy(u * 0.4 + 3, v * 0.4, blur)));
    s.nx += (here - cloudy(u + 0.06, v, blur)) * ripple * 6;
    s.nz += (here - cloudy(u, v + 0.06, blur)) * ripple * 6;
  };
}

const crack = colour('#3f3222');

/** Rock in layers, bent a little. */
export function strata(hexes: readonly string[], layerM: number): Painter {
  const layers = hexes.map(colour);
  return (s) => {
    const bend =
      cloudy(s.x * 0.05, s.z * 0.05 + s.y * 0.02) * 2.2 + cloudy(s.x * 0.4, s.z * 0.4, s.grain) * 0.35;
    const level = s.y / layerM + bend;
    const layer = Math.floor(level);
    tint(s, anyOf(layers, layer), 0.7 + 0.6 * cloudy(s.u * 0.7 + s.v, s.v * 2.2, s.grain * 2));
    blend(s, anyOf(layers, layer + 1), smooth(0.75, 1, level - layer));
    const cracks = cloudy((s.x + s.z) * 0.5, s.y * 0.12, s.grain);
    blend(s, crack, 0.55 * smooth(0.62, 0.8, cracks));
  };
}

function anyOf(colours: readonly Vec3[], at: number): Vec3 {
  return colours[Math.floor(hash(at, 11) * colours.length)] as Vec3;
}

/** Bark: furrows along v. */
export function bark(hex: string, hexMoss = hex): Painter {
  const [base, moss] = [colour(hex), colour(hexMoss)];
  return (s) => {
    tint(s, base, 0.35 + 1.2 * cloudy(s.u * 6, s.v * 1.1, s.grain * 5));
    blend(s, moss, 0.7 * smooth(0.5, 0.7, cloudy(s.u * 1.2 + 5, s.v * 0.9, s.grain)));
  };
}

/** Water with waves of about `metres` length: dark by itself, bright by reflections. */
export function water(hex: string, metres: number, rough: number, hexShallow = hex, gloss = 0.09): Painter {
  const [deep, shallow] = [colour(hex), colour(hexShallow)];
  return (s) => {
    const u = s.x / metres;
    const v = (s.z / metres) * 1.4;
    const blur = s.grain / metres;
    const here = cloudy(u, v, blur) + 0.4 * cloudy(u * 2.3 + 4, v * 2.3, blur * 2.3);
    const right = cloudy(u + 0.1, v, blur) + 0.4 * cloudy(u * 2.3 + 4.23, v * 2.3, blur * 2.3);
    const front = cloudy(u, v + 0.1, blur) + 0.4 * cloudy(u * 2.3 + 4, v * 2.3 + 0.23, blur * 2.3);
    s.nx += (here - right) * rough;
    s.nz += (here - front) * rough;
    tint(s, deep);
    blend(s, shallow, smooth(0.35, 0.75, cloudy(s.x * 0.06, s.z * 0.06)));
    s.gloss = gloss;
  };
}

/** Specks of colour on a ground, like flowers, fruit or pebbles. */
export function speckled(ground: Painter, hexes: readonly string[], sizeM: number, share = 0.6): Painter {
  const specks = hexes.map(colour);
  return (s) => {
    ground(s);
    const x = s.u / sizeM;
    const y = s.v / sizeM + 0.5 * (Math.floor(s.u / sizeM) & 1);
    const column = Math.floor(x);
    const row = Math.floor(y);
    if (hash(column, row) > share) return;
    const off = (x - column - 0.5) ** 2 + (y - row - 0.5) ** 2;
    const here = anyOf(specks, column * 131 + row);
    const seen = smooth(0.25, 0.16, off) / (1 + (s.grain / sizeM) ** 2);
    blend(s, here, seen * (1 - off));
  };
}
