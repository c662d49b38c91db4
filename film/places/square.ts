import type { Random } from '../../src/lib/random.ts';
import { broadleaf } from '../build/plants.ts';
import { ball, bar, block, box, column, lathe, quad, saddleRoof } from '../build/shapes.ts';
import { cobbles, facade, shingles } from '../paint/masonry.ts';
import { bark, foliage, water } from '../paint/nature.ts';
import { plain, striped } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import type { Place } from '../render/place.ts';
import type { Painter } from '../render/surface.ts';

const paving = cobbles('#a39a8b', 0.35);
const slate = shingles('#4a5560', 0.35);
const sandstone = plain('#d8c49a', 0.2);
const stone = plain('#bdb4a2', 0.25);
const iron = plain('#22282a');
const copper = plain('#6fa08c', 0.3);
const plane = foliage('#3d5a22', '#86a043');

/** A town square in pale stone: a town hall with a clock tower, a fountain, café parasols. */
export const square: Place = {
  name: 'square',
  build,
  view: {
    eye: [3, 2.2, 24],
    target: [0, 6, -10],
    eyeReach: [4, 0.7, 4],
    targetReach: [4, 1.2, 2],
    fovDeg: 52,
  },
  moments: [
    daylight({ azimuthDeg: -48, elevationDeg: 42, clouds: 0.35, ground: [0.4, 0.38, 0.34] }),
    daylight({ azimuthDeg: 55, elevationDeg: 25, clouds: 0.3, ground: [0.4, 0.36, 0.3] }),
    daylight({ azimuthDeg: 10, elevationDeg: 36, clouds: 0.72, haze: 0.004, ground: [0.4, 0.38, 0.34] }),
  ],
  lamps: [],
  shadow: { centre: [0, 6, 0], radius: 38 },
  openness: 1,
  meterEv: -0.1,
};

function build(pen: Pen, random: Random): void {
  quad(pen, paving, [-70, 0, 60], [70, 0, 60], [70, 0, -60], [-70, 0, -60]);
  buildTownHall(pen);
  for (let house = 0; house < 8; house++) buildSide(pen, random, house);
  buildFountain(pen.at(-2.5, 0, 4));
  for (const [x, z] of [
    [10, 6],
    [13.5, 9],
    [10.5, 11.5],
    [14, 3.5],
  ] as const)
    buildParasol(pen.at(x, 0, z, x));
  for (const [x, z] of [
    [-13, -4],
    [-13, 5],
    [-13, 14],
    [13.5, -6],
  ] as const) {
    broadleaf(pen.at(x, 0, z, z), bark('#8a8270', '#b5ab8e'), plane, 8, random, 420);
  }
  for (const x of [-8, 8]) buildLantern(pen.at(x, 0, -5));
}

function buildTownHall(pen: Pen): void {
  const z = -20;
  const wall = facade({
    wall: sandstone,
    frame: '#efe6d0',
    glass: '#28323a',
    stepU: 3,
    stepV: 4.4,
    width: 1.4,
    height: 2.6,
    sill: 1,
    fromV: 4.6,
  });
  box(pen, wall, [-15, 0, z - 12], [15, 13.4, z]);
  saddleRoof(pen, slate, sandstone, [-15, 0, z - 12], [15, 13.4, z], 5, 0.5);
  block(pen, stone, [0, 4.4, z + 0.15], [30.4, 0.5, 0.7]);
  block(pen, stone, [0, 13, z + 0.2], [30.8, 0.6, 0.9]);
  for (let x = -13.5; x <= 13.6; x += 3) {
    column(pen, stone, [x - 1.5, 0, z + 0.5], 0.38, 4.4);
    block(pen, plain('#2e2a26'), [x, 0, z + 0.02], [1.9, 3.3, 0.1]);
  }
  box(
    pen,
    facade({
      wall: sandstone,
      frame: '#efe6d0',
      glass: '#28323a',
      stepU: 5,
      stepV: 6,
      width: 1.2,
      height: 2.6,
      sill: 1.4,
      fromV: 12,
    }),
    [-2.5, 0, z - 2.5],
    [2.5, 23, z + 1.2],
  );
  block(pen, stone, [0, 22.6, z - 0.6], [5.8, 0.6, 4.5]);
  lathe(
    pen.at(0, 23.2, z - 0.6, Math.PI / 4),
    copper,
    [
      [3.4, 0],
      [2.4, 1.6],
      [1.7, 3],
      [0.5, 5.6],
      [0.05, 8],
    ],
    4,
  );
  buildClock(pen.at(0, 20.4, z + 1.25));
}

function buildClock(pen: Pen): void {
  const dial = pen;
  for (let hour = 0; hour < 24; hour++) {
    const [a, b] = [(hour / 24) * 2 * Math.PI, ((hour + 1) / 24) * 2 * Math.PI];
    const face = plain('#efe9d8', 0.03);
    const middle = dial.vertex([0, 0, 0], [0, 0, 1], 0, 0);
    dial.triangle(
      middle,
      dial.vertex([Math.sin(a) * 1.3, Math.cos(a) * 1.3, 0], [0, 0, 1], 0, 1),
      dial.vertex([Math.sin(b) * 1.3, Math.cos(b) * 1.3, 0], [0, 0, 1], 0, 1),
      face,
    );
    if (hour % 2 === 0)
      block(dial, iron, [Math.sin(a) * 1.1, Math.cos(a) * 1.1 - 0.08, 0.03], [0.1, 0.16, 0.03]);
  }
  bar(dial, iron, [0, 0, 0.05], [0.5, 0.45, 0.05], 0.06);
  bar(dial, iron, [0, 0, 0.05], [-0.15, 1, 0.05], 0.05);
}

function buildSide(pen: Pen, random: Random, house: number): void {
  const side = house % 2 === 0 ? -1 : 1;
  const z = -16 + (house >> 1) * 9;
  const tall = random.between(9, 12.5);
  const colours = ['#d9b98c', '#c98f6b', '#e3d6b8', '#b9a58c', '#d4a17a', '#cfc6a8', '#c7a98f', '#dcc9a0'];
  const wall: Painter = facade({
    wall: plain(colours[house] as string, 0.2),
    frame: '#efe8d8',
    glass: '#2a3138',
    stepU: 2.9,
    stepV: 3.1,
    width: 1.05,
    height: 1.75,
    sill: 0.7,
    fromV: 3.4,
    shutter: house % 3 === 0 ? '#5d7468' : '#6d5b4a',
  });
  const at = pen.at(side * 22, 0, z);
  box(at, wall, [-5, 0, -4.5], [5, tall, 4.5]);
  saddleRoof(
    at.at(0, 0, 0, Math.PI / 2),
    shingles('#8f4f36', 0.35),
    wall,
    [-4.5, 0, -5],
    [4.5, tall, 5],
    2.6,
    0.4,
  );
  for (const dz of [-2.6, 0.2, 2.8]) block(at, plain('#3a3330'), [-side * 5.02, 0, dz], [0.1, 2.7, 1.8]);
  block(at, striped('#b9483a', '#efe6d4', 0.6), [-side * 5.7, 2.75, 0], [1.4, 0.12, 8]);
}

function buildFountain(pen: Pen): void {
  lathe(
    pen,
    stone,
    [
      [3.3, 0],
      [3.4, 0.55],
      [3.4, 0.65],
      [3, 0.65],
      [3, 0.3],
    ],
    24,
  );
  lathe(
    pen.at(0, 0.45, 0),
    water('#2e4f55', 0.5, 0.2),
    [
      [3, 0],
      [0, 0.001],
    ],
    24,
  );
  lathe(
    pen,
    stone,
    [
      [0.7, 0.3],
      [0.35, 0.7],
      [0.3, 1.9],
      [1.4, 2.3],
      [1.5, 2.5],
      [0.4, 2.45],
      [0.22, 3.4],
      [0.6, 3.7],
      [0.1, 3.8],
    ],
    16,
  );
  ball(pen, copper, [0, 4.1, 0], 0.35);
  for (let jet = 0; jet < 10; jet++) {
    const angle = (jet / 10) * 2 * Math.PI;
    const [x, z] = [Math.sin(angle), Math.cos(angle)];
    const arc = [0, 0.25, 0.5, 0.75, 1].map(
      (t) => [x * (1.4 + t), 2.5 + t * 0.5 - t * t * 2.5, z * (1.4 + t)] as const,
    );
    for (let at = 1; at < arc.length; at++)
      bar(pen, plain('#dfeaf0'), arc[at - 1] as (typeof arc)[number], arc[at] as (typeof arc)[number], 0.03);
  }
}

function buildParasol(pen: Pen): void {
  column(pen, iron, [0, 0, 0], 0.04, 2.5);
  lathe(
    pen.at(0, 2.2, 0),
    plain('#e8ddc2', 0.06),
    [
      [1.7, 0],
      [0.05, 0.55],
    ],
    8,
  );
  column(pen, plain('#6e4c34'), [0.3, 0.7, 0.3], 0.45, 0.05);
  column(pen, iron, [0.3, 0, 0.3], 0.03, 0.7);
  for (const [x, z] of [
    [1, 0.6],
    [-0.5, 0.9],
    [0.4, -0.6],
  ] as const) {
    block(pen.at(x, 0, z, x * 3), plain('#7a5238'), [0, 0.42, 0], [0.42, 0.05, 0.42]);
    block(pen.at(x, 0, z, x * 3), plain('#7a5238'), [0, 0.47, -0.2], [0.42, 0.45, 0.04]);
    block(pen.at(x, 0, z, x * 3), iron, [0, 0, 0], [0.3, 0.42, 0.3]);
  }
}

function buildLantern(pen: Pen): void {
  column(pen, iron, [0, 0, 0], 0.09, 4, 0.05);
  ball(pen, plain('#f4efdf', 0.02), [0, 4.2, 0], 0.24);
}
