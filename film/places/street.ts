import type { Random } from '../../src/lib/random.ts';
import { bar, block, box, column, lathe, quad } from '../build/shapes.ts';
import { bricks, facade, tiles } from '../paint/masonry.ts';
import { glossy, glowing, plain, striped } from '../paint/plain.ts';
import { night } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import { cloudy, smooth } from '../render/noise.ts';
import type { Place } from '../render/place.ts';
import type { Painter } from '../render/surface.ts';
import type { Vec3 } from '../render/vec.ts';

const dampTar = plain('#2e3034', 0.4, 2);
const kerb = tiles('#6d6a66', '#65625e', 0.6, '#4a4846', 0.12);
const iron = plain('#1e2122');
const neon = ['#ff4fa0', '#38d0ff', '#ffb038', '#6cff8a', '#ff6040', '#b070ff'];
const bodies = ['#b8282a', '#d9d6cc', '#27507a', '#caa23a'];

/** A shopping street at night after rain: lit shop windows, neon, street lamps, parked cars. */
export const street: Place = {
  name: 'street',
  build,
  view: {
    eye: [0.6, 2, 15],
    target: [0, 3.2, -14],
    eyeReach: [1.5, 0.4, 4],
    targetReach: [2, 0.7, 2],
    fovDeg: 54,
  },
  moments: [night(50, 1), night(-40, 1.35), night(120, 0.85)],
  lamps: [...lampsAlong(), ...shopsAlong()],
  shadow: { centre: [0, 4, -6], radius: 34 },
  openness: 1,
  meterEv: 0.7,
};

function lampsAlong(): { at: Vec3; colour: Vec3 }[] {
  return [10, -4, -18, -32].map((z, at) => ({ at: [at % 2 === 0 ? -4 : 4, 5.2, z], colour: [19, 12.5, 6] }));
}

function shopsAlong(): { at: Vec3; colour: Vec3 }[] {
  const hues: Vec3[] = [
    [3.2, 1.1, 1.9],
    [1.2, 2.6, 3.4],
    [3.4, 2.2, 0.9],
    [1.6, 3, 1.7],
  ];
  return [8, 0, -8, -16].flatMap((z, at) =>
    [-1, 1].map((side) => ({
      at: [side * 6.2, 2.2, z + side] as const,
      colour: hues[(at + side + 4) % 4] as Vec3,
    })),
  );
}

const tar: Painter = (s) => {
  dampTar(s);
  const wet = smooth(0.35, 0.6, cloudy(s.x * 0.3, s.z * 0.18, s.grain * 0.3));
  s.nx += (cloudy(s.x * 3, s.z * 3, s.grain * 3) - 0.5) * 0.05;
  s.nz += (cloudy(s.x * 3 + 9, s.z * 3, s.grain * 3) - 0.5) * 0.05;
  s.gloss = 0.07 + 0.3 * wet;
  if (Math.abs(s.x) < 0.08 && ((s.z % 4) + 4) % 4 < 2.2) s.r = s.g = s.b = 0.4;
};

function build(pen: Pen, random: Random): void {
  quad(pen, tar, [-4.6, 0, 40], [4.6, 0, 40], [4.6, 0, -120], [-4.6, 0, -120]);
  for (const side of [-1, 1]) {
    box(pen, kerb, [Math.min(side * 4.6, side * 7.6), 0, -120], [Math.max(side * 4.6, side * 7.6), 0.15, 40]);
    for (let house = 0; house < 9; house++)
      buildHouse(
        pen.at(side * 7.5, 0.15, 15 - house * 8, (-side * Math.PI) / 2),
        random,
        house * 2 + (side + 1) / 2,
      );
  }
  for (const [x, z] of [
    [-4, 10],
    [4, -4],
    [-4, -18],
    [4, -32],
  ] as const)
    buildLamp(pen, x, z);
  for (const [x, z, car] of [
    [3.6, 5, 0],
    [3.6, -11, 1],
    [-3.6, -7, 2],
    [-3.6, -25, 3],
    [3.6, -22, 2],
  ] as const)
    buildCar(pen.at(x, 0, z), bodies[car] as string, x);
  buildTower(pen);
}

/** A house facing +z: a shop below, flats above. */
function buildHouse(pen: Pen, random: Random, house: number): void {
  const tall = random.between(9, 15);
  const hex = ['#7a4a3c', '#6f6a62', '#8a6a4c', '#54586a', '#7d5a55'][house % 5] as string;
  const wall = facade({
    wall: bricks({ brick: hex, mortar: '#5d564e', widthM: 0.4, heightM: 0.14 }),
    frame: '#cfc6b4',
    glass: '#161b24',
    stepU: 2,
    stepV: 3,
    width: 1,
    height: 1.7,
    sill: 0.8,
    fromV: 3.6,
    lit: 0.45,
  });
  box(pen, wall, [-3.95, 0, -6], [3.95, tall, 0]);
  const hue = neon[(house * 5) % neon.length] as string;
  const inside = house % 3 === 0 ? '#ffd9a0' : house % 3 === 1 ? '#ffe8c8' : '#d8ecff';
  block(pen, plain('#26262a'), [0, 0, 0.03], [7.6, 3.2, 0.1]);
  for (const x of [-2.4, 0, 2.4]) {
    block(
      pen,
      x === 0 && house % 2 === 0 ? plain('#3a2f2a') : glowing(inside, 0.75),
      [x, 0.5, 0.06],
      [2, 2, 0.1],
    );
    for (const dx of [-0.5, 0.1, 0.6])
      block(pen, plain('#4a3a34'), [x + dx, 0.5, 0.1], [0.26, random.between(0.5, 1.2), 0.08]);
  }
  block(pen, glowing(hue, 1.5), [random.between(-1.5, 1.5), 2.75, 0.14], [random.between(2, 4), 0.34, 0.06]);
  if (house % 2 === 1) buildSign(pen, neon[(house * 3 + 1) % neon.length] as string, random.between(-3, 3));
  if (house % 3 === 0)
    quad(pen, striped(hue, '#e8e0d0', 0.5), [-3.6, 2.4, 1.4], [3.6, 2.4, 1.4], [3.6, 3, 0.1], [-3.6, 3, 0.1]);
}

function buildSign(pen: Pen, hue: string, x: number): void {
  bar(pen, iron, [x, 6.2, 0], [x, 6.2, 1.2], 0.04);
  block(pen, plain('#1c1c22'), [x, 3.9, 0.85], [0.18, 2.2, 0.8]);
  for (const side of [-0.1, 0.1]) {
    for (let y = 4.1; y < 5.9; y += 0.6) block(pen, glowing(hue, 2), [x + side, y, 0.85], [0.04, 0.4, 0.5]);
  }
}

function buildLamp(pen: Pen, x: number, z: number): void {
  const inward = x > 0 ? -0.9 : 0.9;
  column(pen, iron, [x + (x > 0 ? 0.9 : -0.9), 0, z], 0.1, 5.4, 0.06);
  bar(pen, iron, [x - inward, 5.4, z], [x, 5.5, z], 0.05);
  lathe(
    pen.at(x, 5.25, z),
    glowing('#ffdca0', 12),
    [
      [0.05, -0.1],
      [0.34, 0],
      [0.34, 0.14],
      [0.05, 0.3],
    ],
    10,
  );
}

function buildCar(pen: Pen, hex: string, x: number): void {
  const paint = glossy(hex, 0.14);
  box(pen, paint, [-0.85, 0.3, -2.1], [0.85, 0.85, 2.1]);
  lathe(
    pen.at(0, 0.85, -0.1, Math.PI / 4),
    glossy('#10151b', 0.3),
    [
      [1.14, 0],
      [0.86, 0.5],
    ],
    4,
  );
  box(pen, paint, [-0.64, 1.32, -0.75], [0.64, 1.38, 0.55]);
  for (const side of [-0.86, 0.86])
    for (const z of [-1.3, 1.3])
      bar(pen, plain('#141416'), [side - 0.02, 0.32, z], [side + 0.02, 0.32, z], 0.32, 0.32, 14);
  const near = x > 0 ? glowing('#ff3020', 1.6) : glowing('#fff0d0', 2.4);
  for (const side of [-0.62, 0.62]) block(pen, near, [side, 0.58, 2.1], [0.3, 0.14, 0.04]);
}

function buildTower(pen: Pen): void {
  const wall = facade({
    wall: plain('#2a2e3c'),
    frame: '#3a3e4c',
    glass: '#11151d',
    stepU: 2.4,
    stepV: 3.2,
    width: 1.6,
    height: 2,
    sill: 0.6,
    lit: 0.5,
  });
  box(pen, wall, [-16, 0, -110], [-4, 44, -98]);
  box(pen, wall, [3, 0, -125], [17, 34, -112]);
}
