import type { Random } from '../../src/lib/random.ts';
import { bar, block, box, column, join, quad, saddleRoof, terrain } from '../build/shapes.ts';
import { bricks, cobbles, facade, shingles } from '../paint/masonry.ts';
import { water } from '../paint/nature.ts';
import { glossy, patchy, plain, planks } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import type { Place } from '../render/place.ts';
import type { Painter } from '../render/surface.ts';
import { unit, type Vec3 } from '../render/vec.ts';

const quayStone = bricks({ brick: '#8d8678', mortar: '#4f4a42', widthM: 1.3, heightM: 0.5 });
const walls = ['#b8452f', '#d9a53a', '#e4dcc6', '#3f6e8c', '#c9764a', '#7f9a6a', '#d8c7a0', '#a8382f'];
const roofs = ['#7a3b28', '#54504e', '#8a4a31'].map((hex) => shingles(hex, 0.4));
const deck = planks('#9a7a54', 0.18, true);
const rope = plain('#cbb98f');
const mast = plain('#d9cfb8');

/** A small fishing harbour: a quay with painted gable houses, boats, a jetty, hills behind. */
export const harbour: Place = {
  name: 'harbour',
  build,
  view: {
    eye: [2, 3.6, 17],
    target: [-1, 3.2, -14],
    eyeReach: [5, 1, 3],
    targetReach: [4, 1, 2],
    fovDeg: 46,
  },
  moments: [
    daylight({ azimuthDeg: 40, elevationDeg: 38, clouds: 0.45 }),
    daylight({ azimuthDeg: 64, elevationDeg: 18, clouds: 0.4, haze: 0.003 }),
    daylight({ azimuthDeg: -35, elevationDeg: 30, clouds: 0.8, haze: 0.004 }),
  ],
  lamps: [],
  shadow: { centre: [0, 3, -8], radius: 34 },
  openness: 1,
  meterEv: 0.1,
};

function build(pen: Pen, random: Random): void {
  quad(pen, water('#0b2a33', 1.6, 0.22), [-300, 0, 60], [300, 0, 60], [300, 0, -300], [-300, 0, -300]);
  box(pen, quayStone, [-60, -1, -26], [60, 1.3, -13], cobbles('#8a857c', 0.3));
  for (let house = 0; house < 9; house++) buildHouse(pen, random, house);
  buildJetty(pen);
  const boats: [number, number, number, string][] = [
    [-6.5, -4.5, 0.25, '#2d6ea8'],
    [2.2, -7, -0.2, '#c43b2e'],
    [9.5, -3, 0.5, '#e9e4d6'],
    [-13, -9, 1.4, '#2f7d5b'],
  ];
  for (const [x, z, turn, hex] of boats) buildBoat(pen.at(x, 0, z, turn), glossy(hex, 0.04));
  for (let x = -24; x <= 24; x += 6) column(pen, plain('#2c2c2e'), [x, 1.3, -13.5], 0.16, 0.5, 0.22);
  for (let barrel = 0; barrel < 12; barrel++) {
    const size = random.between(0.6, 1);
    block(
      pen.at(random.between(-20, 20), 1.3, -14.6, random.next()),
      planks('#8d6a41', 0.2),
      [0, 0, 0],
      [size, size, size],
    );
  }
  terrain(pen, patchy('#46583a', '#6d6a48', 14), {
    from: [-160, -150],
    to: [160, -34],
    cells: [40, 14],
    height: hill,
  });
}

function hill(x: number, z: number): number {
  const back = Math.max(0, (-z - 34) / 90);
  return 1 + back * (26 + 12 * Math.sin(x * 0.035 + 1) + 7 * Math.sin(x * 0.09));
}

function buildHouse(pen: Pen, random: Random, house: number): void {
  const [wide, tall, deep] = [random.between(4.4, 5.6), random.between(5.4, 8.6), 7];
  const wall: Painter = facade({
    wall: plain(walls[house % walls.length] as string, 0.25),
    frame: '#f1ece0',
    glass: '#1d2730',
    stepU: wide / (house % 3 === 1 ? 2 : 3),
    stepV: 2.6,
    width: 0.85,
    height: 1.35,
    sill: 0.8,
    ...(house % 2 === 0 ? { shutter: '#35514a' } : {}),
  });
  const at = pen.at(-24 + house * 5.9, 1.3, -20.5, Math.PI / 2);
  const roof = roofs[house % roofs.length] as Painter;
  box(at, wall, [-deep / 2, 0, -wide / 2], [deep / 2, tall, wide / 2]);
  saddleRoof(at, roof, wall, [-deep / 2, 0, -wide / 2], [deep / 2, tall, wide / 2], wide * 0.62, 0.3);
  block(at, plain('#8c6f5c'), [1, tall + wide * 0.3, wide * 0.2], [0.6, 2, 0.6]);
  block(at, plain('#3c2a20'), [deep / 2 + 0.02, 0, wide * 0.1], [0.08, 2.1, 1]);
}

function buildJetty(pen: Pen): void {
  box(pen, deck, [4.6, 0.75, -13], [6.4, 0.9, 8]);
  for (let z = -11; z <= 8; z += 3.1) {
    for (const x of [4.7, 6.3]) column(pen, plain('#5b4a38'), [x, -1, z], 0.14, 2.7);
  }
}

/** A clinker boat along x with a mast, a cabin and a boom. */
function buildBoat(pen: Pen, hull: Painter): void {
  const rows = [0, 0.35, 0.75, 1].map((t) => hullLine(pen, t));
  for (let row = 1; row < rows.length; row++)
    join(pen, row === 3 ? mast : hull, rows[row - 1] as number[], rows[row] as number[]);
  box(pen, deck, [-2.4, 0.62, -0.7], [2, 0.66, 0.7]);
  block(pen, glossy('#efe9da', 0.03), [-1.1, 0.66, 0], [1.5, 1.25, 1.1]);
  block(pen, glossy('#26333b', 0.15), [-1.1, 1.3, 0], [1.54, 0.4, 1.14]);
  bar(pen, mast, [0.5, 0.6, 0], [0.5, 6.2, 0], 0.07, 0.04);
  bar(pen, mast, [0.5, 1.7, 0], [-2.4, 2.2, 0], 0.05);
  for (const end of [
    [3, 1.05, 0],
    [-2.9, 0.9, 0],
    [0.3, 0.9, 1],
    [0.3, 0.9, -1],
  ] as Vec3[])
    bar(pen, rope, [0.5, 6, 0], end, 0.015, 0.015, 3);
}

function hullLine(pen: Pen, t: number): number[] {
  return Array.from({ length: 17 }, (_, at) => {
    const s = (at / 16) * 2 - 1;
    const side = s < 0 ? -1 : 1;
    const along = 1 - Math.abs(s) * 2;
    const beam = (0.55 + 0.55 * t) * Math.max(0, 1 - Math.abs(along) ** 3);
    const x = along * (2.6 + 0.5 * t);
    const position: Vec3 = [x, -0.2 + t * (1 + 0.28 * along * along), side * beam];
    return pen.vertex(position, unit([along, 0.2, side]), x, t);
  });
}
