import { cloudy, hash, smooth, stripe } from '../render/noise.ts';
import type { Painter, Surface } from '../render/surface.ts';
import { colour, type Vec3 } from '../render/vec.ts';

/** Sets the colour of a surface, scaled by `by`. */
export function tint(s: Surface, to: Vec3, by = 1): void {
  s.r = to[0] * by;
  s.g = to[1] * by;
  s.b = to[2] * by;
}

/** Moves the colour of a surface towards another by `share`. */
export function blend(s: Surface, to: Vec3, share: number): void {
  s.r += (to[0] - s.r) * share;
  s.g += (to[1] - s.g) * share;
  s.b += (to[2] - s.b) * share;
}

/** A slightly uneven colour, like paint or plaster. */
export function plain(hex: string, uneven = 0.15, metres = 0.8): Painter {
  const base = colour(hex);
  return (s) => tint(s, base, 1 + uneven * (cloudy(s.u / metres, s.v / metres, s.grain / metres) * 2 - 1));
}

/** A glossy colour: enamel, varnish, glass, wet stone. */
export function glossy(hex: string, gloss = 0.05, uneven = 0.05): Painter {
  const base = plain(hex, uneven);
  return (s) => {
    base(s);
    s.gloss = gloss;
  };
}

/** A lamp, a screen, the bright outside. */
export function glowing(hex: string, power: number): Painter {
  const base = colour(hex);
  return (s) => {
    tint(s, base);
    s.glow = power;
  };
}

/** Two colours in lumps of a size, like flaking plaster or dirt in grass. */
export function patchy(hexA: string, hexB: string, metres: number, edge = 0.25, share = 0.5): Painter {
  const [a, b] = [colour(hexA), colour(hexB)];
  return (s) => {
    const lumps = cloudy(s.x / metres + s.y / metres, s.z / metres - s.y / metres, s.grain / metres);
    tint(s, a, 0.85 + 0.3 * cloudy(s.u * 3, s.v * 3, s.grain * 3));
    blend(s, b, smooth(1 - share - edge, 1 - share + edge, lumps));
  };
}

/** Boards along u, each with its own tone and grain; `across` turns them to run along v. */
export function planks(hex: string, widthM: number, across = false, gloss = 0, uneven = 0.3): Painter {
  const base = colour(hex);
  return (s) => {
    const along = across ? s.v : s.u;
    const over = across ? s.u : s.v;
    const board = Math.floor(over / widthM);
    const piece = Math.floor(along / 2.4 + hash(board, 5));
    const tone = 1 - uneven / 2 + uneven * hash(board, piece + 31);
    const veins = cloudy(along * 0.7 + board * 3.7, over * 9 + piece, s.grain * 6);
    const gap = stripe(over / widthM, 0.07, s.grain / widthM);
    tint(s, base, tone * (0.8 + 0.4 * veins) * (1 - 0.6 * gap));
    s.gloss = gloss * (1 - gap);
  };
}

/** Wood in one piece: long veins along v. */
export function wood(hex: string, gloss = 0): Painter {
  const base = colour(hex);
  return (s) => {
    const veins = cloudy(s.u * 7, s.v * 0.8 + s.u, s.grain * 4);
    tint(s, base, 0.72 + 0.56 * veins);
    s.gloss = gloss;
  };
}

/** Stripes of two colours, `widthM` for both together. */
export function striped(hexA: string, hexB: string, widthM: number, share = 0.5): Painter {
  const [a, b] = [colour(hexA), colour(hexB)];
  return (s) => {
    tint(s, a);
    blend(s, b, stripe(s.u / widthM, share, s.grain / widthM));
  };
}

/** Another colour for faces that point up, like snow on roofs and rocks. */
export function topped(side: Painter, top: Painter, from = 0.45): Painter {
  return (s) => {
    const up = s.ny + (cloudy(s.x * 0.8, s.z * 0.8 + s.y, s.grain) - 0.5) * 0.3;
    if (up > from) top(s);
    else side(s);
  };
}

/** Rows of books of many colours, shelf by shelf. */
export function books(hexes: readonly string[], shelfM: number): Painter {
  const bindings = hexes.map(colour);
  return (s) => {
    const shelf = Math.floor(s.v / shelfM);
    const place = s.u / 0.055 + Math.sin(s.u * 9 + shelf) * 0.6 + Math.sin(s.u * 23) * 0.3;
    const book = Math.floor(place);
    const height = (s.v / shelfM - shelf) * 1.12;
    const tall = 0.72 + 0.28 * hash(book, shelf + 7);
    const shadow = height > tall ? 0.12 : 1 - 0.5 * stripe(place, 0.16, s.grain / 0.055);
    const band = height > 0.55 && height < 0.62 && hash(book, shelf) > 0.5 ? 1.7 : 1;
    const fade = 1 / (1 + (s.grain / 0.06) ** 2);
    const kind = hash(book, shelf * 3 + 1) * bindings.length;
    tint(s, bindings[kind | 0] as Vec3, shadow * band * (0.7 + 0.6 * fade * hash(book, shelf + 2)));
  };
}
