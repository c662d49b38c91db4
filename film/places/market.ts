import type { Random } from '../../src/lib/random.ts';
import { archPoints, bar, block, box, column, lathe, pipe, quad } from '../build/shapes.ts';
import { bricks, tiles } from '../paint/masonry.ts';
import { speckled } from '../paint/nature.ts';
import { glowing, plain, planks, striped, wood } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import type { Place } from '../render/place.ts';

const floor = tiles('#b9b5ac', '#8f918e', 0.7, '#6c6c68', 0.07);
const brick = bricks({ brick: '#b98a62', mortar: '#d5c8b0', widthM: 0.5, heightM: 0.16, vary: 0.3 });
const steel = plain('#3f5d68', 0.08);
const roof = planks('#b9a98c', 0.4, true, 0, 0.15);
const crate = wood('#b08a58');
const board = planks('#8f6a42', 0.14);
const awnings = ['#b8352c', '#2f6a4a', '#d69a2c', '#2f5584', '#8a3a5a', '#c8642c'];
const goods: readonly (readonly string[])[] = [
  ['#d8322a', '#b8281f', '#e0503a'],
  ['#e8942a', '#f0ab3c', '#d97f1c'],
  ['#5f9a34', '#7fb347', '#3f7a26'],
  ['#e6d24a', '#f0e07a', '#c9b030'],
  ['#6a2f6a', '#8a4a86', '#4a2350'],
  ['#d9b48a', '#b98a5a', '#e8d0a8'],
];

/** A market hall: iron arches under a long skylight, stalls with striped awnings and heaps of fruit. */
export const market: Place = {
  name: 'market',
  build,
  view: {
    eye: [0.4, 2.3, 14],
    target: [0, 2.9, -8],
    eyeReach: [1.1, 0.5, 3],
    targetReach: [1.8, 0.6, 2],
    fovDeg: 56,
  },
  moments: [
    daylight({ azimuthDeg: 60, elevationDeg: 58, clouds: 0.3, haze: 0.003, lamps: 0.8 }),
    daylight({ azimuthDeg: -60, elevationDeg: 44, clouds: 0.4, haze: 0.003, lamps: 0.9 }),
    daylight({ azimuthDeg: 20, elevationDeg: 50, clouds: 0.85, haze: 0.003, lamps: 1.2 }),
  ],
  lamps: [-14, -7, 0, 7].flatMap((z) =>
    [-3, 3].map((x) => ({ at: [x, 2.9, z] as const, colour: [1.5, 1.15, 0.7] as const })),
  ),
  shadow: { centre: [0, 4, -2], radius: 24 },
  openness: 0.62,
  meterEv: 0.55,
};

function build(pen: Pen, random: Random): void {
  quad(pen, floor, [-12, 0, 22], [12, 0, 22], [12, 0, -24], [-12, 0, -24]);
  for (const side of [-1, 1]) {
    box(pen, brick, [side * 9.2, 0, -24], [side * 9, 5.2, 22]);
    quad(
      pen,
      roof,
      [side * 9.2, 5.2, 22],
      [side * 9.2, 5.2, -24],
      [side * 2.2, 8.9, -24],
      [side * 2.2, 8.9, 22],
    );
    for (let z = 10, stall = 0; z >= -20; z -= 4.2, stall++)
      buildStall(pen.at(side * 4.3, 0, z, (-side * Math.PI) / 2), random, stall * 2 + (side + 1) / 2);
  }
  for (let z = -24; z <= 22; z += 4.6) buildArch(pen, z);
  for (let z = -24; z <= 22; z += 1.15) bar(pen, steel, [-2.2, 8.9, z], [2.2, 8.9, z], 0.03);
  buildEnd(pen);
  for (const [x, z, turn] of [
    [1.5, 8.5, 0.4],
    [-1.4, 3.5, 1],
    [1.3, -2.6, 0.2],
  ] as const)
    buildCart(pen.at(x, 0, z, turn), random);
}

function buildArch(pen: Pen, z: number): void {
  for (const side of [-1, 1]) {
    column(pen, steel, [side * 6.6, 0, z], 0.13, 4.4);
    column(pen, steel, [side * 6.6, 0, z], 0.24, 0.5, 0.14);
    bar(pen, steel, [side * 9, 5.1, z], [side * 2.2, 8.8, z], 0.09);
  }
  pipe(pen, steel, archPoints([0, 4.4, z], 13.2, 4.1, 14), 0.1);
  bar(pen, steel, [-6.6, 4.4, z], [6.6, 4.4, z], 0.03);
}

/** The gable: brick below, a fan of bars before the sky above. */
function buildEnd(pen: Pen): void {
  const z = -23.8;
  box(pen, brick, [-9, 0, z - 0.3], [-2, 4.6, z]);
  box(pen, brick, [2, 0, z - 0.3], [9, 4.6, z]);
  box(pen, brick, [-2, 3.4, z - 0.3], [2, 4.6, z]);
  box(pen, planks('#3f5a4a', 0.25, true), [-2, 0, z - 0.25], [2, 3.4, z - 0.1]);
  for (let spoke = 1; spoke < 10; spoke++) {
    const angle = (spoke / 10) * Math.PI;
    bar(pen, steel, [0, 4.6, z], [Math.cos(angle) * 7, 4.6 + Math.sin(angle) * 4.2, z], 0.05);
  }
  pipe(pen, steel, archPoints([0, 4.6, z], 6, 2), 0.05);
  quad(pen, brick, [-9, 4.6, z - 1], [-9, 5.4, z - 1], [-2.2, 9, z - 1], [-9, 9, z - 1]);
}

/** A stall facing +z: a sloping board of crates under an awning, a lamp, a board behind. */
function buildStall(pen: Pen, random: Random, stall: number): void {
  const cloth = striped(awnings[stall % awnings.length] as string, '#efe6d2', 0.62);
  for (const x of [-1.7, 1.7])
    for (const z of [-1.4, 0.9]) bar(pen, crate, [x, 0, z], [x, 2.5 + (z < 0 ? 0.3 : 0), z], 0.05);
  quad(pen, cloth, [-1.8, 2.35, 1.5], [1.8, 2.35, 1.5], [1.8, 3, -1.5], [-1.8, 3, -1.5]);
  quad(pen, cloth, [-1.8, 2.1, 1.5], [1.8, 2.1, 1.5], [1.8, 2.35, 1.5], [-1.8, 2.35, 1.5]);
  box(pen, board, [-1.7, 0, -0.3], [1.7, 0.75, 0.85]);
  quad(pen, board, [-1.7, 0, -1.45], [1.7, 0, -1.45], [1.7, 2.4, -1.45], [-1.7, 2.4, -1.45]);
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 2; row++)
      buildCrate(
        pen.at(-1.26 + column * 0.84, 0.78 + row * 0.24, 0.55 - row * 0.6),
        random,
        stall + column + row * 2,
      );
  }
  bar(pen, plain('#222222'), [0, 2.7, 0], [0, 2.3, 0], 0.01, 0.01, 3);
  lathe(
    pen.at(0, 2.12, 0),
    glowing('#ffd28a', 1.7),
    [
      [0.02, -0.1],
      [0.1, 0],
      [0.05, 0.1],
      [0.01, 0.16],
    ],
    10,
  );
}

function buildCrate(pen: Pen, random: Random, kind: number): void {
  const hexes = goods[kind % goods.length] as readonly string[];
  const heap = speckled(plain(hexes[0] as string, 0.4), hexes, 0.1, 1);
  box(pen, crate, [-0.39, 0, -0.27], [0.39, 0.2, 0.27]);
  lathe(
    pen.at(0, 0.17, 0, Math.PI / 4),
    heap,
    [
      [0.46, 0],
      [0.36, 0.12],
      [0.15, random.between(0.18, 0.26)],
      [0, 0.26],
    ],
    8,
  );
}

function buildCart(pen: Pen, random: Random): void {
  box(pen, board, [-0.7, 0.5, -0.45], [0.7, 0.85, 0.45]);
  for (const x of [-0.45, 0.45])
    for (const z of [-0.5, 0.5]) bar(pen, plain('#2a2624'), [x, 0.3, z], [x, 0.3, z * 1.14], 0.3, 0.3, 14);
  for (const x of [-0.32, 0.34]) buildCrate(pen.at(x, 0.85, 0), random, random.below(6));
  bar(pen, crate, [0.7, 0.7, 0], [1.4, 1, 0], 0.03);
  block(pen, plain('#e8e2d0'), [0, 1.05, -0.4], [0.5, 0.3, 0.02]);
}
