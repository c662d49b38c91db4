/** One visible point, handed from painter to painter; reused for every pixel. */
export interface Surface {
  /** Where it is, in metres. */
  x: number;
  y: number;
  z: number;
  /** Where it is along the surface, in metres. */
  u: number;
  v: number;
  /** Unit normal, towards the viewer. */
  nx: number;
  ny: number;
  nz: number;
  /** Metres that one pixel covers here: finer detail must fade. */
  grain: number;
  /** Share of light that comes back, linear. */
  r: number;
  g: number;
  b: number;
  /** How much light the point gives off itself, in shares of its colour. */
  glow: number;
  /** Share that mirrors when looked at squarely; 0 for dull. */
  gloss: number;
}

/** Gives a surface its colour, and perhaps bumps, glow and gloss. */
export type Painter = (surface: Surface) => void;

export function newSurface(): Surface {
  return { x: 0, y: 0, z: 0, u: 0, v: 0, nx: 0, ny: 1, nz: 0, grain: 0, r: 0, g: 0, b: 0, glow: 0, gloss: 0 };
}
