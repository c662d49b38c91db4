import type { Random } from '../../src/lib/random.ts';
import { crown } from '../build/plants.ts';
import { ball, column, terrain } from '../build/shapes.ts';
import { foliage, loose, strata } from '../paint/nature.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import { cloudy, smooth } from '../render/noise.ts';
import type { Place } from '../render/place.ts';
import type { Painter } from '../render/surface.ts';

const rock = strata(['#a5482a', '#c4683c', '#d88d57', '#8e3a24', '#b9572f', '#e0a877'], 2.1);
const sand = loose('#cf9a68', '#b07346', 0.15);
const sage = foliage('#4f5a36', '#8c9160');
const cactus = foliage('#3c5a30', '#5c7a44');
const ground: Painter = (s) => (s.ny > 0.86 || s.y < 1.2 ? sand(s) : rock(s));

/** A dry river bed between red layered walls, buttes behind. */
export const canyon: Place = {
  name: 'canyon',
  build,
  view: {
    eye: [1, 3.2, 26],
    target: [0, 7, -30],
    eyeReach: [2.4, 1, 4],
    targetReach: [6, 1.5, 2],
    fovDeg: 50,
  },
  moments: [
    daylight({ azimuthDeg: 60, elevationDeg: 44, clouds: 0.2, ground: [0.45, 0.25, 0.14] }),
    daylight({ azimuthDeg: -38, elevationDeg: 30, clouds: 0.35, ground: [0.45, 0.25, 0.14] }),
    daylight({ azimuthDeg: 20, elevationDeg: 60, clouds: 0.5, haze: 0.003, ground: [0.45, 0.25, 0.14] }),
  ],
  lamps: [],
  shadow: { centre: [0, 8, -25], radius: 70 },
  openness: 1,
  meterEv: -0.15,
};

function build(pen: Pen, random: Random): void {
  terrain(pen, ground, { from: [-80, -190], to: [80, 40], cells: [130, 150], height });
  for (let bush = 0; bush < 60; bush++) {
    const z = 22 - random.next() * 70;
    const x = bedAt(z) + random.between(-11, 11);
    if (height(x, z) > 1.4) continue;
    crown(
      pen.at(x, height(x, z), z),
      sage,
      { centre: [0, 0.3, 0], radii: [0.7, 0.45, 0.7], leaves: 40, size: 0.28 },
      random,
    );
  }
  for (let stone = 0; stone < 50; stone++) {
    const z = 22 - random.next() * 60;
    const x = bedAt(z) + random.between(-9, 9);
    ball(
      pen.at(x, height(x, z), z, random.next() * 6),
      rock,
      [0, 0, 0],
      0.15 + random.next() ** 3 * 1.3,
      0.7,
    );
  }
  for (const [x, z] of [
    [-5.5, 8],
    [7, 2],
    [-7, -9],
  ] as const)
    growCactus(pen.at(x, height(x, z), z));
}

function growCactus(pen: Pen): void {
  column(pen, cactus, [0, 0, 0], 0.24, 3, 0.2);
  column(pen, cactus, [0.65, 1.3, 0], 0.15, 1.1, 0.13);
  column(pen, cactus, [-0.6, 1.0, 0], 0.15, 1.3, 0.13);
  column(pen.at(0, 1.35, 0), cactus, [0.35, 0, 0], 0.14, 0.25);
  column(pen.at(0, 1.05, 0), cactus, [-0.3, 0, 0], 0.14, 0.25);
}

const bedAt = (z: number) => Math.sin(z * 0.045) * 6;

function height(x: number, z: number): number {
  const ragged = (cloudy(x * 0.045 + 2, z * 0.045) - 0.5) * 13;
  const away = Math.abs(x - bedAt(z)) + ragged;
  const walls = smooth(12, 16, away) * 9 + smooth(17, 21, away) * 8 + smooth(25, 30, away) * 7;
  const butte = smooth(0.55, 0.62, cloudy(x * 0.021 + 5.3, z * 0.021 + 1)) * smooth(-60, -95, z) * 22;
  return Math.max(walls, butte) + cloudy(x * 0.2, z * 0.2) * 1.1;
}
