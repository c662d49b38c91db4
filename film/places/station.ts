import { archPoints, bar, block, box, column, lathe, pipe, quad } from '../build/shapes.ts';
import { bricks, facade, tiles } from '../paint/masonry.ts';
import { speckled } from '../paint/nature.ts';
import { glossy, glowing, plain, planks } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import type { Place } from '../render/place.ts';

const slabs = tiles('#a9a49b', '#9d988f', 0.6, '#77736b', 0.05);
const edge = plain('#e3c33c', 0.2);
const ballast = speckled(plain('#5a544d', 0.5), ['#7c746a', '#4a443e', '#8d857a', '#655a50'], 0.09, 0.9);
const iron = plain('#31473f', 0.1);
const rail = glossy('#7d746c', 0.2);
const sleeper = planks('#4c4038', 0.3, true);
const red = glossy('#a32d2a', 0.07);
const white = glossy('#e9e4d8', 0.06);
const glass = glossy('#1f2a33', 0.22);
const brick = bricks({ brick: '#9a4f38', mortar: '#b9a68d', widthM: 0.5, heightM: 0.16 });

/** A railway platform under iron arches: a red train on one side, a brick station house on the other. */
export const station: Place = {
  name: 'station',
  build,
  view: {
    eye: [2, 2.9, 13],
    target: [-0.4, 2.9, -16],
    eyeReach: [1.2, 0.4, 2.4],
    targetReach: [1.6, 0.6, 2],
    fovDeg: 54,
  },
  moments: [
    daylight({ azimuthDeg: -70, elevationDeg: 40, clouds: 0.4, haze: 0.003 }),
    daylight({ azimuthDeg: -105, elevationDeg: 22, clouds: 0.35, haze: 0.004 }),
    daylight({ azimuthDeg: -40, elevationDeg: 42, clouds: 0.8, haze: 0.004, lamps: 0.5 }),
  ],
  lamps: [-24, -12, 0, 12].map((z) => ({ at: [2.5, 4.4, z], colour: [2.2, 1.9, 1.4] })),
  shadow: { centre: [-2, 3, -8], radius: 32 },
  openness: 0.75,
  meterEv: 0.25,
};

function build(pen: Pen): void {
  quad(pen, ballast, [-90, 0, 40], [90, 0, 40], [90, 0, -160], [-90, 0, -160]);
  box(pen, brick, [-1.6, 0, -60], [7, 1.1, 24], slabs);
  box(pen, edge, [-1.3, 1.1, -60], [-1.12, 1.105, 24]);
  for (const x of [-4.2, -8.4]) buildTrack(pen, x);
  buildTrain(pen.at(-4.2, 0.35, -12));
  buildHouse(pen);
  for (let z = -48; z <= 20; z += 6) buildArch(pen, z);
  quad(pen, planks('#8b8f8a', 0.5, true), [7.5, 5.7, 22], [2.4, 6.6, 22], [2.4, 6.6, -50], [7.5, 5.7, -50]);
  quad(pen, planks('#8b8f8a', 0.5, true), [2.4, 6.6, 22], [-2.2, 5.4, 22], [-2.2, 5.4, -50], [2.4, 6.6, -50]);
  for (const z of [8, -1, -12, -22]) buildBench(pen.at(3.4, 1.1, z));
  buildClock(pen.at(0.6, 4.3, 3));
  for (let house = 0; house < 9; house++) buildBeyond(pen, house);
}

function buildTrack(pen: Pen, x: number): void {
  for (const side of [-0.75, 0.75]) box(pen, rail, [x + side - 0.04, 0.1, -150], [x + side + 0.04, 0.26, 30]);
  for (let z = -60; z < 26; z += 0.8) block(pen, sleeper, [x, 0, z], [2.5, 0.1, 0.26]);
}

/** Three coaches, red below and white at the windows. */
function buildTrain(pen: Pen): void {
  for (let coach = 0; coach < 3; coach++) {
    const at = pen.at(0, 0, 14 - coach * 17.4);
    box(at, red, [-1.4, 0.5, -8.4], [1.4, 1.9, 8.4]);
    box(at, white, [-1.4, 1.9, -8.4], [1.4, 3.2, 8.4]);
    lathe(
      at.at(0, 3.2, 0),
      plain('#6f7478', 0.1),
      [
        [1.2, 0],
        [0.9, 0.2],
        [0, 0.3],
      ],
      4,
    );
    box(at, plain('#6f7478', 0.15), [-1.3, 3.2, -8.3], [1.3, 3.5, 8.3]);
    box(at, plain('#2a2b2d', 0.2), [-1.2, 0, -8], [1.2, 0.5, 8]);
    for (let z = -6.4; z <= 6.5; z += 1.6) block(at, glass, [0, 2, z], [2.84, 0.85, 1.15]);
    for (const z of [-7.6, 7.6]) block(at, plain('#7d2522', 0.1), [0, 0.6, z], [2.86, 2.3, 0.9]);
    for (const z of [-7.6, 7.6]) block(at, glass, [0, 1.9, z], [2.88, 0.8, 0.5]);
    for (const z of [-6, -5, 5, 6]) bar(at, plain('#1d1d1e'), [-1.2, 0.1, z], [1.2, 0.1, z], 0.42, 0.42, 12);
  }
}

function buildHouse(pen: Pen): void {
  const wall = facade({
    wall: brick,
    frame: '#efe7d4',
    glass: '#2a3238',
    stepU: 3.4,
    stepV: 4,
    width: 1.5,
    height: 2.1,
    sill: 1,
    lit: 0.5,
  });
  box(pen, wall, [7, 1.1, -46], [13, 6.4, 20]);
  block(pen, plain('#d9cdb2', 0.1), [7, 4.9, -13], [0.3, 0.3, 66]);
  for (const z of [4, -16, -32]) {
    block(pen, plain('#2f4a40', 0.1), [6.98, 1.1, z], [0.12, 2.5, 1.6]);
    block(pen, glowing('#ffd898', 0.9), [6.95, 2.5, z], [0.1, 0.8, 1.2]);
  }
}

function buildArch(pen: Pen, z: number): void {
  for (const x of [-0.7, 5.6]) {
    column(pen, iron, [x, 1.1, z], 0.2, 0.7, 0.13);
    column(pen, iron, [x, 1.8, z], 0.1, 3.2);
    column(pen, iron, [x, 4.8, z], 0.1, 0.3, 0.2);
  }
  pipe(pen, iron, archPoints([2.25, 4.6, z], 6.3, 1.5), 0.07);
  bar(pen, iron, [-2.2, 5.3, z], [2.4, 6.5, z], 0.07);
  bar(pen, iron, [2.4, 6.5, z], [7.4, 5.6, z], 0.07);
  if (z % 12 === 0) {
    bar(pen, iron, [2.5, 6, z], [2.5, 4.7, z], 0.02);
    lathe(
      pen.at(2.5, 4.5, z),
      glowing('#ffe9c0', 1.4),
      [
        [0.26, 0],
        [0.2, 0.12],
        [0.05, 0.22],
      ],
      12,
    );
  }
}

function buildBench(pen: Pen): void {
  for (let slat = 0; slat < 4; slat++)
    block(pen, plain('#7a4e2e'), [0.1 + slat * 0.12, 0.45, 0], [0.1, 0.04, 2.2]);
  for (let slat = 0; slat < 3; slat++)
    block(pen, plain('#7a4e2e'), [0.6 + slat * 0.03, 0.6 + slat * 0.14, 0], [0.04, 0.11, 2.2]);
  for (const z of [-0.9, 0.9]) block(pen, iron, [0.3, 0, z], [0.5, 0.46, 0.07]);
}

function buildClock(pen: Pen): void {
  bar(pen, iron, [0, 0.6, 0], [0, 1.6, 0], 0.03);
  bar(pen, iron, [0, 0, -0.12], [0, 0, 0.12], 0.55, 0.55, 20);
  for (const z of [0.13]) {
    const face = latheFace(pen, z);
    bar(face, iron, [0, 0, 0.02], [0.22, 0.18, 0.02], 0.03);
    bar(face, iron, [0, 0, 0.02], [-0.06, 0.4, 0.02], 0.02);
  }
}

/** A white disc of 24 sides facing the viewer. */
function latheFace(pen: Pen, z: number): Pen {
  const face = pen.at(0, 0, z);
  const paint = plain('#f3efe2', 0.02);
  const middle = face.vertex([0, 0, 0], [0, 0, 1], 0, 0);
  const rim = Array.from({ length: 25 }, (_, at) => {
    const angle = (at / 24) * 2 * Math.PI;
    return face.vertex([Math.sin(angle) * 0.5, Math.cos(angle) * 0.5, 0], [0, 0, 1], 0, 0);
  });
  for (let at = 1; at < rim.length; at++)
    face.triangle(middle, rim[at - 1] as number, rim[at] as number, paint);
  return face;
}

/** Warehouses across the tracks. */
function buildBeyond(pen: Pen, house: number): void {
  const wall = facade({
    wall: bricks({
      brick: ['#7d5a4a', '#8d8478', '#6e5046'][house % 3] as string,
      mortar: '#8d8478',
      widthM: 0.6,
      heightM: 0.2,
    }),
    frame: '#cfc8b8',
    glass: '#39444c',
    stepU: 3,
    stepV: 3.4,
    width: 1.4,
    height: 1.8,
    sill: 0.9,
  });
  box(
    pen,
    wall,
    [-32, 0, -60 + house * 10],
    [-17 - (house % 2) * 3, 6 + ((house * 5) % 4) * 1.6, -50.5 + house * 10],
  );
}
