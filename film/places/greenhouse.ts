import type { Random } from '../../src/lib/random.ts';
import { broadleaf, crown, fronds } from '../build/plants.ts';
import { archPoints, bar, box, lathe, pipe, quad } from '../build/shapes.ts';
import { bricks, tiles } from '../paint/masonry.ts';
import { bark, foliage, grass } from '../paint/nature.ts';
import { plain, wood } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import type { Place } from '../render/place.ts';
import type { Vec3 } from '../render/vec.ts';

const frame = plain('#eef2ea', 0.04);
const path = tiles('#b9ab98', '#a08c78', 0.45, '#6f6456');
const bed = bricks({ brick: '#a5583c', mortar: '#c7b8a2', widthM: 0.24, heightM: 0.09 });
const soil = plain('#3a2a1e', 0.5);
const terracotta = plain('#b9623c', 0.15);
const palm = foliage('#24581f', '#7ab648');
const fern = foliage('#2b6a2a', '#93c552');
const citrus = foliage('#1f4d1a', '#4f8a2c');
const blossoms = ['#e0447a', '#f0b429', '#e8e4f0', '#9a4fc0', '#e8642c'].map((hex) =>
  foliage('#3c6a2c', hex),
);

/** A glasshouse: white iron arches, brick beds full of palms and flowers, a tiled walk. */
export const greenhouse: Place = {
  name: 'greenhouse',
  build,
  view: {
    eye: [0.2, 1.8, 8.4],
    target: [0, 2, -6],
    eyeReach: [0.7, 0.3, 1.6],
    targetReach: [1, 0.5, 1],
    fovDeg: 58,
  },
  moments: [
    daylight({ azimuthDeg: 50, elevationDeg: 46, clouds: 0.4, haze: 0.004 }),
    daylight({ azimuthDeg: -70, elevationDeg: 26, clouds: 0.35, haze: 0.006 }),
    daylight({ azimuthDeg: 20, elevationDeg: 50, clouds: 0.75, haze: 0.006 }),
  ],
  lamps: [],
  shadow: { centre: [0, 2.5, 0], radius: 14 },
  openness: 0.9,
  meterEv: -0.1,
};

function build(pen: Pen, random: Random): void {
  quad(
    pen,
    grass('#4a6a2c', '#6f8a3c'),
    [-60, -0.05, 60],
    [60, -0.05, 60],
    [60, -0.05, -60],
    [-60, -0.05, -60],
  );
  quad(pen, path, [-1.2, 0, 12], [1.2, 0, 12], [1.2, 0, -9], [-1.2, 0, -9]);
  for (let z = -9; z <= 12; z += 1.5) buildArch(pen, z);
  for (const [x, y] of [
    [-4, 2.4],
    [4, 2.4],
    [-2.85, 4.1],
    [2.85, 4.1],
    [0, 4.9],
  ] as const)
    bar(pen, frame, [x, y, -9], [x, y, 12], 0.04);
  for (const side of [-1, 1]) buildBed(pen, side, random);
  buildEnd(pen);
  for (const [x, z] of [
    [-0.95, 4.2],
    [0.98, 1.6],
    [-0.95, -1.6],
    [0.98, -4.5],
    [0.98, 6],
  ] as const)
    buildPot(pen.at(x, 0, z), random);
  for (let z = -6; z < 9; z += 4) hangBasket(pen.at(z % 8 === 2 ? 0.9 : -0.9, 3.1, z), random);
}

function buildArch(pen: Pen, z: number): void {
  for (const x of [-4, 4]) bar(pen, frame, [x, 0, z], [x, 2.4, z], 0.05);
  pipe(pen, frame, archPoints([0, 2.4, z], 8, 2.5), 0.04);
}

function buildEnd(pen: Pen): void {
  const z = -9;
  for (let x = -3.2; x <= 3.3; x += 0.8) {
    const top = 2.4 + 2.5 * Math.sqrt(1 - (x / 4) ** 2);
    bar(pen, frame, [x, 0, z], [x, top, z], 0.03);
  }
  for (const y of [0.9, 2.4, 3.6]) bar(pen, frame, [-3.6, y, z], [3.6, y, z], 0.03);
  box(pen, bed, [-4, 0, z - 0.1], [-0.8, 0.9, z]);
  box(pen, bed, [0.8, 0, z - 0.1], [4, 0.9, z]);
}

function buildBed(pen: Pen, side: number, random: Random): void {
  box(pen, bed, [side * 1.25, 0, -8.6], [side * 1.4, 0.5, 11]);
  quad(
    pen,
    soil,
    [Math.min(side * 1.4, side * 4), 0.42, 11],
    [Math.max(side * 1.4, side * 4), 0.42, 11],
    [Math.max(side * 1.4, side * 4), 0.42, -8.6],
    [Math.min(side * 1.4, side * 4), 0.42, -8.6],
  );
  for (let z = -8; z < 7; z += 1.15) {
    const near: Vec3 = [side * random.between(1.6, 2), 0.42, z];
    const far: Vec3 = [side * random.between(2.7, 3.5), 0.42, z + 0.5];
    plantNear(pen.at(...near), random);
    plantFar(pen.at(...far, random.next() * 6), random);
  }
}

function plantNear(pen: Pen, random: Random): void {
  if (random.next() < 0.35) fronds(pen, fern, 11, random.between(0.5, 0.8), 0.9, random);
  else
    crown(
      pen,
      random.pick(blossoms),
      { centre: [0, 0.28, 0], radii: [0.42, 0.34, 0.5], leaves: 90, size: 0.15 },
      random,
    );
}

function plantFar(pen: Pen, random: Random): void {
  if (random.next() < 0.45) broadleaf(pen, bark('#6a5540'), citrus, random.between(2, 3.1), random, 420);
  else plantPalm(pen, random.between(1, 2.2), random);
}

function plantPalm(pen: Pen, tall: number, random: Random): void {
  bar(pen, bark('#8a7458'), [0, 0, 0], [0.1, tall, 0], 0.09, 0.06);
  fronds(pen.at(0.1, tall, 0), palm, 13, random.between(1.2, 1.7), 0.75, random);
}

function buildPot(pen: Pen, random: Random): void {
  lathe(
    pen,
    terracotta,
    [
      [0.17, 0],
      [0.24, 0.36],
      [0.27, 0.36],
      [0.27, 0.42],
      [0.2, 0.42],
      [0, 0.38],
    ],
    14,
  );
  fronds(pen.at(0, 0.42, 0), fern, 10, 0.5, 1, random);
  crown(
    pen.at(0, 0.5, 0),
    random.pick(blossoms),
    { centre: [0, 0.08, 0], radii: [0.2, 0.18, 0.2], leaves: 45, size: 0.1 },
    random,
  );
}

function hangBasket(pen: Pen, random: Random): void {
  bar(pen, plain('#555555'), [0, 0.2, 0], [0, 1.7, 0], 0.01, 0.01, 3);
  lathe(
    pen,
    wood('#7a5c3c'),
    [
      [0.05, -0.15],
      [0.25, 0.1],
    ],
    10,
  );
  crown(
    pen,
    random.pick(blossoms),
    { centre: [0, 0.1, 0], radii: [0.36, 0.3, 0.36], leaves: 80, size: 0.14 },
    random,
  );
}
