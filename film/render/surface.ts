/** A visible point, passed from painter to painter; reused for every pixel. */
export interface Surface {
  /** Position, metres. */
  x: number;
  y: number;
  z: number;
  /** Position along the surface, metres. */
  u: number;
  v: number;
  /** Unit normal, towards the viewer. */
  nx: number;
  ny: number;
  nz: number;
  /** Size of a pixel here, metres: finer detail must fade. */
  grain: number;
  /** Reflectance, linear. */
  r: number;
  g: number;
  b: number;
  /** Emitted light, in shares of the colour. */
  glow: number;
  /** Reflectivity at perpendicular view; 0 for matte surfaces. */
  gloss: number;
}

/** Sets the colour of a surface, and optionally bumps, glow and gloss. */
export type Painter = (surface: Surface) => void;

export function newSurface(): Surface {
  return { x: 0, y: 0, z: 0, u: 0, v: 0, nx: 0, ny: 1, nz: 0, grain: 0, r: 0, g: 0, b: 0, glow: 0, gloss: 0 };
}
