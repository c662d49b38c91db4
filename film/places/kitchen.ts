import type { Random } from '../../src/lib/random.ts';
import { crown } from '../build/plants.ts';
import { ball, bar, block, box, column, lathe, quad } from '../build/shapes.ts';
import { bricks, tiles } from '../paint/masonry.ts';
import { foliage } from '../paint/nature.ts';
import { glossy, glowing, plain, planks, wood } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import type { Place } from '../render/place.ts';

const floor = tiles('#d9d2c2', '#9a5a40', 0.4, '#7d766a', 0.05);
const splash = bricks({
  brick: '#e6ece6',
  mortar: '#b8bdb4',
  widthM: 0.2,
  heightM: 0.1,
  vary: 0.12,
  gloss: 0.08,
});
const cream = plain('#e6dbc0', 0.06);
const front = plain('#7f9c92', 0.06);
const top = wood('#8a5a32', 0.06);
const beam = wood('#6e4526');
const copper = glossy('#b5673a', 0.25);
const steel = glossy('#8d949a', 0.3);
const enamel = glossy('#2c3236', 0.12);

/** A country kitchen: sage cupboards, a range with a hood, a window over the sink, a scrubbed table. */
export const kitchen: Place = {
  name: 'kitchen',
  build,
  view: {
    eye: [0.6, 1.65, 3.6],
    target: [-0.2, 1.3, -2.6],
    eyeReach: [0.9, 0.2, 0.6],
    targetReach: [0.8, 0.3, 0.6],
    fovDeg: 58,
  },
  moments: [
    daylight({ azimuthDeg: 150, elevationDeg: 36, clouds: 0.3, haze: 0, lamps: 0.8 }),
    daylight({ azimuthDeg: -165, elevationDeg: 26, clouds: 0.4, haze: 0, lamps: 1.1 }),
    daylight({ azimuthDeg: 170, elevationDeg: 40, clouds: 0.9, haze: 0, lamps: 1 }),
  ],
  lamps: [
    { at: [-1, 1.9, -2.2], colour: [1.3, 1.45, 1.6] },
    { at: [0, 1.75, 0.2], colour: [1.3, 0.95, 0.55] },
    { at: [1.2, 2.3, 2.6], colour: [2, 1.7, 1.3] },
  ],
  shadow: { centre: [0, 1.4, 0], radius: 6 },
  openness: 0.4,
  meterEv: 0.35,
};

function build(pen: Pen, random: Random): void {
  quad(pen, floor, [-3, 0, 5], [3, 0, 5], [3, 0, -3], [-3, 0, -3]);
  quad(pen, cream, [-3, 2.7, 5], [3, 2.7, 5], [3, 2.7, -3], [-3, 2.7, -3]);
  for (let x = -2.4; x <= 2.5; x += 1.2) block(pen, beam, [x, 2.52, 1], [0.16, 0.18, 8]);
  quad(pen, cream, [-3, 0, 5], [-3, 0, -3], [-3, 2.7, -3], [-3, 2.7, 5]);
  quad(pen, cream, [3, 0, -3], [3, 0, 5], [3, 2.7, 5], [3, 2.7, -3]);
  quad(pen, cream, [-3, 0, 5], [3, 0, 5], [3, 2.7, 5], [-3, 2.7, 5]);
  buildWindowWall(pen);
  buildCounters(pen);
  buildRange(pen.at(1.35, 0, -2.68));
  buildTable(pen.at(-0.1, 0, 0.3), random);
  buildDresser(pen.at(-2.75, 0, -0.2, Math.PI / 2), random);
  buildPans(pen);
}

function buildWindowWall(pen: Pen): void {
  const z = -3;
  box(pen, splash, [-3, 0, z - 0.2], [-2, 2.7, z]);
  box(pen, splash, [0, 0, z - 0.2], [3, 2.7, z]);
  box(pen, splash, [-2, 0, z - 0.2], [0, 1.15, z]);
  box(pen, cream, [-2, 2.25, z - 0.2], [0, 2.7, z]);
  for (const x of [-2, -1.33, -0.67, 0]) block(pen, plain('#f0ead8'), [x, 1.15, z - 0.1], [0.06, 1.1, 0.08]);
  for (const y of [1.15, 1.7, 2.22]) block(pen, plain('#f0ead8'), [-1, y, z - 0.1], [2, 0.05, 0.08]);
  quad(pen, glowing('#6a8a4a', 1.2), [-9, -1, -9], [7, -1, -9], [7, 1.9, -9], [-9, 1.9, -9]);
}

function buildCounters(pen: Pen): void {
  for (const [from, to] of [
    [-3, 0.85],
    [1.9, 3],
  ] as const) {
    box(pen, front, [from, 0.1, -3], [to, 0.88, -2.42]);
    box(pen, top, [from, 0.88, -3], [to, 0.93, -2.38]);
    for (let x = from + 0.04; x < to - 0.3; x += 0.56) {
      block(pen, plain('#8caaa0', 0.05), [x + 0.26, 0.16, -2.41], [0.48, 0.66, 0.03]);
      ball(pen, copper, [x + 0.44, 0.68, -2.38], 0.025);
    }
  }
  block(pen, glossy('#f2efe6', 0.08), [-1, 0.7, -2.6], [0.8, 0.25, 0.5]);
  block(pen, plain('#b9b4a8'), [-1, 0.9, -2.6], [0.66, 0.055, 0.36]);
  bar(pen, steel, [-1, 0.93, -2.86], [-1, 1.28, -2.86], 0.02);
  bar(pen, steel, [-1, 1.28, -2.86], [-1, 1.24, -2.62], 0.02);
  block(pen, wood('#9a6a3c'), [0.5, 1.55, -2.86], [0.9, 0.04, 0.24]);
  block(pen, wood('#9a6a3c'), [2.45, 1.55, -2.86], [1, 0.04, 0.24]);
  for (const [x, hex] of [
    [0.2, '#c9a04a'],
    [0.42, '#b5483a'],
    [0.62, '#e8dcc0'],
    [0.82, '#5f7a5a'],
    [2.15, '#d9d2c0'],
    [2.45, '#5a7a9a'],
    [2.7, '#c9a04a'],
  ] as const) {
    column(pen, glossy(hex, 0.06), [x, 1.59, -2.86], 0.075, 0.2);
  }
}

function buildRange(pen: Pen): void {
  block(pen, enamel, [0, 0.08, 0], [1, 0.84, 0.6]);
  block(pen, plain('#17191b'), [0, 0.92, 0], [1, 0.03, 0.6]);
  for (const x of [-0.25, 0.25]) block(pen, glossy('#3a4146', 0.2), [x, 0.3, 0.31], [0.42, 0.4, 0.02]);
  for (const x of [-0.25, 0.25]) bar(pen, steel, [x - 0.18, 0.74, 0.34], [x + 0.18, 0.74, 0.34], 0.015);
  lathe(
    pen.at(0, 1.75, -0.05, Math.PI / 4),
    cream,
    [
      [0.8, 0],
      [0.8, 0.12],
      [0.3, 0.6],
      [0.3, 1],
    ],
    4,
  );
  column(pen, copper, [-0.22, 0.95, 0.02], 0.14, 0.18, 0.15);
  lathe(
    pen.at(0.25, 0.95, 0),
    glossy('#b5382c', 0.08),
    [
      [0.13, 0],
      [0.15, 0.08],
      [0.1, 0.18],
      [0.02, 0.2],
    ],
    12,
  );
}

function buildTable(pen: Pen, random: Random): void {
  block(pen, planks('#a87848', 0.16, false, 0.03), [0, 0.72, 0], [1.9, 0.05, 0.95]);
  for (const x of [-0.85, 0.85])
    for (const z of [-0.38, 0.38]) column(pen, front, [x, 0, z], 0.05, 0.72, 0.04);
  lathe(
    pen.at(-0.25, 0.77, 0),
    glossy('#dfe5e2', 0.08),
    [
      [0.1, 0],
      [0.24, 0.1],
      [0.22, 0.1],
      [0.02, 0.03],
    ],
    16,
  );
  for (let fruit = 0; fruit < 9; fruit++) {
    const angle = random.between(0, 6);
    ball(
      pen,
      glossy(random.pick(['#d9542b', '#e0a52f', '#8fa83a']), 0.05),
      [-0.25 + Math.sin(angle) * 0.12, 0.87 + 0.03 * (fruit % 3), Math.cos(angle) * 0.12],
      0.055,
    );
  }
  lathe(
    pen.at(0.45, 0.77, -0.1),
    glossy('#3f6288', 0.08),
    [
      [0.07, 0],
      [0.1, 0.1],
      [0.05, 0.2],
      [0.07, 0.24],
    ],
    12,
  );
  crown(
    pen.at(0.45, 1.12, -0.1),
    foliage('#4c6a2c', '#d98aa0'),
    { centre: [0, 0, 0], radii: [0.18, 0.16, 0.18], leaves: 60, size: 0.07 },
    random,
  );
  for (const [x, z, turn] of [
    [-0.5, 0.8, Math.PI],
    [0.5, 0.85, 3],
    [-0.4, -0.75, 0],
    [0.6, -0.7, 0.2],
  ] as const)
    buildChair(pen.at(x, 0, z, turn));
  lathe(
    pen.at(0.1, 1.85, -0.1),
    glossy('#c9a04a', 0.1),
    [
      [0.26, 0],
      [0.2, 0.12],
      [0.05, 0.2],
    ],
    16,
  );
  ball(pen, glowing('#ffe0a0', 4), [0.1, 1.86, -0.1], 0.06);
  bar(pen, plain('#222222'), [0.1, 2.05, -0.1], [0.1, 2.7, -0.1], 0.008);
}

function buildChair(pen: Pen): void {
  block(pen, beam, [0, 0.43, 0], [0.4, 0.04, 0.4]);
  for (const x of [-0.17, 0.17]) for (const z of [-0.17, 0.17]) column(pen, beam, [x, 0, z], 0.02, 0.43);
  for (const x of [-0.17, 0, 0.17]) bar(pen, beam, [x, 0.45, -0.18], [x, 0.92, -0.22], 0.014);
  block(pen, beam, [0, 0.9, -0.22], [0.42, 0.07, 0.03]);
}

function buildDresser(pen: Pen, random: Random): void {
  block(pen, front, [0, 0, 0], [1.7, 0.9, 0.45]);
  block(pen, top, [0, 0.9, 0], [1.76, 0.04, 0.5]);
  block(pen, front, [0, 0.94, -0.18], [1.7, 1.25, 0.04]);
  for (const y of [1.3, 1.7, 2.1]) {
    block(pen, top, [0, y, -0.05], [1.7, 0.03, 0.28]);
    for (let x = -0.7; x <= 0.71; x += 0.24) {
      const plate = glossy(random.pick(['#e9eef0', '#4a6a9a', '#d9e2e6', '#c9a04a']), 0.08);
      if (y < 2)
        lathe(
          pen.at(x, y + 0.03, -0.05),
          plate,
          [
            [0.04, 0],
            [0.1, 0.12],
            [0.11, random.between(0.13, 0.24)],
          ],
          10,
        );
    }
  }
}

function buildPans(pen: Pen): void {
  bar(pen, steel, [0.9, 1.62, -2.72], [1.85, 1.62, -2.72], 0.012);
  for (const x of [1, 1.2, 1.5, 1.7]) {
    bar(pen, steel, [x, 1.62, -2.72], [x, 1.45, -2.72], 0.01);
    ball(pen, copper, [x, 1.38, -2.74], 0.09, 1);
  }
}
