import type { Random } from '../../src/lib/random.ts';
import { ball, bar, block, box, column, lathe, quad } from '../build/shapes.ts';
import { tiles } from '../paint/masonry.ts';
import { books, glossy, glowing, plain, planks, wood } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import type { Place } from '../render/place.ts';

const oak = wood('#6e4526', 0.03);
const parquet = planks('#8a5a32', 0.16, false, 0.06);
const vectorTables = books(
  ['#6e2a22', '#2f4a3a', '#2b3a58', '#8a6a3a', '#4a2f26', '#b09a6a', '#3a3a3e'],
  0.42,
);
const rug = tiles('#7a2430', '#31304f', 0.34, '#a98a54');
const cream = plain('#d9cdb0', 0.06);
const leather = glossy('#5a2a1e', 0.04);
const brass = glossy('#b08a3c', 0.2);

/** A reading room: tall shelves on both sides, a window at the end, a long table with green lamps. */
export const library: Place = {
  name: 'library',
  build,
  view: {
    eye: [0.3, 1.75, 5.2],
    target: [0, 1.7, -6],
    eyeReach: [1, 0.25, 1],
    targetReach: [1, 0.4, 1],
    fovDeg: 56,
  },
  moments: [
    daylight({ azimuthDeg: 165, elevationDeg: 34, clouds: 0.3, haze: 0, lamps: 1 }),
    daylight({ azimuthDeg: -160, elevationDeg: 24, clouds: 0.3, haze: 0, lamps: 1.4 }),
    daylight({ azimuthDeg: 150, elevationDeg: 40, clouds: 0.9, haze: 0, lamps: 1.2 }),
  ],
  lamps: [
    { at: [0, 2.2, -5.6], colour: [1.6, 1.7, 1.9] },
    { at: [0, 1.35, -1.6], colour: [0.7, 0.5, 0.25] },
    { at: [0, 1.35, 1.2], colour: [0.7, 0.5, 0.25] },
    { at: [0, 3.4, 3], colour: [2.2, 1.7, 1.1] },
    { at: [0, 3.4, -2], colour: [2.2, 1.7, 1.1] },
  ],
  shadow: { centre: [0, 2, -1], radius: 9 },
  openness: 0.3,
  meterEv: 0.75,
};

function build(pen: Pen, random: Random): void {
  quad(pen, parquet, [-4, 0, 8], [4, 0, 8], [4, 0, -7], [-4, 0, -7]);
  quad(pen, cream, [-4, 4.2, 8], [4, 4.2, 8], [4, 4.2, -7], [-4, 4.2, -7]);
  quad(pen, rug, [-1.9, 0.01, 4], [1.9, 0.01, 4], [1.9, 0.01, -4], [-1.9, 0.01, -4]);
  quad(pen, oak, [-4, 0, 8], [4, 0, 8], [4, 4.2, 8], [-4, 4.2, 8]);
  for (let z = -6; z < 8; z += 3.4) block(pen, oak, [0, 4.0, z], [8, 0.22, 0.25]);
  for (const side of [-1, 1]) {
    quad(pen, cream, [side * 4, 0, 8], [side * 4, 0, -7], [side * 4, 4.2, -7], [side * 4, 4.2, 8]);
    buildShelves(pen, side);
  }
  buildWindow(pen);
  buildTable(pen, random);
  ball(pen, glossy('#3f6f8a', 0.06), [2.3, 1.25, -4.6], 0.38);
  column(pen, oak, [2.3, 0, -4.6], 0.28, 0.85, 0.05);
}

function buildShelves(pen: Pen, side: number): void {
  for (let bay = 0; bay < 7; bay++) {
    const at = pen.at(side * 3.8, 0, 6.4 - bay * 2, (-side * Math.PI) / 2);
    quad(at, vectorTables, [-0.95, 0.4, 0.2], [0.95, 0.4, 0.2], [0.95, 3.34, 0.2], [-0.95, 3.34, 0.2]);
    for (let shelf = 0; shelf <= 7; shelf++)
      block(at, oak, [0, 0.36 + shelf * 0.42, 0.25], [1.9, 0.04, 0.34]);
    block(at, oak, [-1, 0, 0.3], [0.12, 3.6, 0.42]);
    block(at, oak, [0, 0, 0.28], [2, 0.36, 0.46]);
    block(at, oak, [0, 3.4, 0.3], [2.02, 0.22, 0.56]);
  }
  if (side < 0) for (const x of [-0.22, 0.22]) bar(pen, brass, [-2.7, 0, -1 + x], [-3.4, 3.2, -1 + x], 0.025);
}

/** Mullions in an opening of the end wall, for the sun. */
function buildWindow(pen: Pen): void {
  const z = -6.9;
  box(pen, cream, [-4, 0, z - 0.3], [-1.7, 4.2, z]);
  box(pen, cream, [1.7, 0, z - 0.3], [4, 4.2, z]);
  box(pen, oak, [-1.7, 0, z - 0.3], [1.7, 0.9, z]);
  box(pen, cream, [-1.7, 3.8, z - 0.3], [1.7, 4.2, z]);
  for (let x = -1.7; x <= 1.71; x += 0.85)
    block(pen, plain('#e9e2d0'), [x, 0.9, z - 0.15], [0.09, 2.9, 0.12]);
  for (let y = 0.9; y <= 3.9; y += 0.97) block(pen, plain('#e9e2d0'), [0, y, z - 0.15], [3.4, 0.07, 0.12]);
  quad(pen, glowing('#5d7a4a', 0.9), [-20, -3, -22], [20, -3, -22], [20, 1.6, -22], [-20, 1.6, -22]);
}

function buildTable(pen: Pen, random: Random): void {
  block(pen, wood('#7d4d2a', 0.08), [0, 0.74, -0.2], [1.2, 0.06, 5]);
  for (const x of [-0.5, 0.5]) for (const z of [-2.5, 2.1]) column(pen, oak, [x, 0, z], 0.06, 0.75);
  for (const z of [-1.6, 1.2]) {
    column(pen, brass, [0, 0.8, z], 0.03, 0.4);
    lathe(
      pen.at(0, 1.16, z),
      glowing('#2f9a5a', 0.9),
      [
        [0.22, 0],
        [0.18, 0.1],
        [0.04, 0.16],
      ],
      14,
    );
  }
  for (let book = 0; book < 12; book++) {
    const at = pen.at(random.between(-0.45, 0.45), 0.8, random.between(-2.4, 2), random.between(0, 3));
    block(
      at,
      plain(random.pick(['#7a2a22', '#2f4a5a', '#c9b98a', '#44593a'])),
      [0, 0, 0],
      [0.24, random.between(0.03, 0.12), 0.32],
    );
  }
  for (const [x, z] of [
    [-1, -1.4],
    [1, -0.6],
    [-1, 1],
    [1, 1.5],
  ] as const)
    buildChair(pen.at(x, 0, z, x > 0 ? -1.5 : 1.6));
}

function buildChair(pen: Pen): void {
  block(pen, leather, [0, 0.42, 0], [0.46, 0.07, 0.46]);
  block(pen, leather, [0, 0.5, -0.22], [0.44, 0.5, 0.05]);
  for (const x of [-0.2, 0.2]) for (const z of [-0.2, 0.2]) column(pen, oak, [x, 0, z], 0.025, 0.44);
}
