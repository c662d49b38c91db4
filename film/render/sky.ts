import type { Light } from './light.ts';
import { cloudy, smooth } from './noise.ts';

/** Colour of the sky in the unit direction (x, y, z), written to out[at..at+2]. */
export function paintSky(light: Light, x: number, y: number, z: number, out: Float32Array, at: number): void {
  const { zenith, horizon, sun, sunColour } = light;
  const towards = Math.max(0, x * sun[0] + y * sun[1] + z * sun[2]);
  const height = y > 0 ? Math.sqrt(y) : 0;
  const near = towards ** 6;
  const glow = near * 0.12 + (near > 0.2 ? near ** 10 * 0.35 : 0);
  const disc = towards > 0.9994 ? 9 : 0;
  const cover = y > 0.015 ? cloudAt(light, x, y, z) : 0;
  const bright = 0.42 + 0.2 * towards;
  for (let channel = 0; channel < 3; channel++) {
    const top = zenith[channel] as number;
    const low = horizon[channel] as number;
    const shine = sunColour[channel] as number;
    const clear = low + (top - low) * height + shine * (glow + disc * (1 - cover));
    const cloud = shine * bright * 0.62 + low * 0.55;
    out[at + channel] = clear + (cloud - clear) * cover;
  }
}

/** Cloud cover, 0..1, on a flat ceiling thinning out towards the horizon. */
function cloudAt(light: Light, x: number, y: number, z: number): number {
  const u = (x / (y + 0.12)) * 0.9;
  const v = (z / (y + 0.12)) * 0.9;
  const fluff = cloudy(u + 3.1, v + 7.7, 0.2) * 0.75 + cloudy(u * 2.7, v * 2.7, 0.3) * 0.25;
  const edge = 0.86 - light.clouds * 0.75;
  return smooth(edge, edge + 0.28, fluff) * smooth(0.015, 0.2, y) * 0.92;
}
