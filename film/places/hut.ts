import type { Random } from '../../src/lib/random.ts';
import { conifer } from '../build/plants.ts';
import { bar, block, box, saddleRoof, terrain } from '../build/shapes.ts';
import { bricks, facade } from '../paint/masonry.ts';
import { bark, foliage, loose } from '../paint/nature.ts';
import { patchy, plain, planks, topped } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import { cloudy, smooth } from '../render/noise.ts';
import type { Place } from '../render/place.ts';

const snow = loose('#eef2f6', '#d5e0ee', 0.14, 2.2);
const cliff = topped(patchy('#5b5f68', '#7d7f84', 6), loose('#f0f4f8', '#dde7f2', 0.05, 8), 0.72);
const logs = planks('#6b4a30', 0.26, false, 0, 0.4);
const needles = topped(foliage('#16281c', '#2f4a34'), loose('#eef3f7', '#cfdcea', 0.02), 0.78);
const trunk = bark('#4d4036');
const stone = bricks({ brick: '#77736d', mortar: '#4a4744', widthM: 0.6, heightM: 0.3 });

/** A log hut in deep snow under a jagged range, spruces around it, a fence along the track. */
export const hut: Place = {
  name: 'hut',
  build,
  view: {
    eye: [3, 2.6, 20],
    target: [-1, 5.2, -20],
    eyeReach: [4, 0.8, 4],
    targetReach: [4, 1.2, 2],
    fovDeg: 48,
  },
  moments: [
    daylight({ azimuthDeg: 55, elevationDeg: 30, clouds: 0.3, ground: [0.8, 0.85, 0.95] }),
    daylight({ azimuthDeg: -56, elevationDeg: 26, clouds: 0.35, haze: 0.0008, ground: [0.7, 0.75, 0.9] }),
    daylight({ azimuthDeg: 30, elevationDeg: 35, clouds: 0.74, haze: 0.002, ground: [0.75, 0.8, 0.9] }),
  ],
  lamps: [],
  shadow: { centre: [0, 4, 0], radius: 34 },
  openness: 1,
  meterEv: -0.3,
};

function build(pen: Pen, random: Random): void {
  terrain(pen, snow, { from: [-90, -60], to: [90, 34], cells: [70, 50], height: near });
  terrain(pen, cliff, { from: [-420, -520], to: [420, -58], cells: [110, 60], height: far });
  buildHut(pen.at(-3.5, near(-3.5, -1) - 0.2, -1, 0.45));
  for (let tree = 0; tree < 46; tree++) plantTree(pen, random, tree);
  for (let post = 0; post < 11; post++) buildFence(pen, post);
  block(pen.at(3.6, near(3.6, 2), 2, 0.5), planks('#7d5a3a', 0.2), [0, 0, 0], [2.2, 0.8, 0.8], snow);
}

function plantTree(pen: Pen, random: Random, tree: number): void {
  const side = tree % 2 === 0 ? 1 : -1;
  const z = 6 - random.next() * 58;
  const x = side * (9 + random.next() * 24 + Math.max(0, z) * 0.6);
  conifer(pen.at(x, near(x, z), z, random.next() * 6), trunk, needles, random.between(6, 12), random);
}

function near(x: number, z: number): number {
  return Math.sin(x * 0.09 + 0.6) * 0.7 + cloudy(x * 0.06, z * 0.06) * 2 + smooth(-6, -60, z) * 9 - 0.8;
}

function far(x: number, z: number): number {
  const back = smooth(-60, -330, z);
  const ridges = 1 - Math.abs(cloudy(x * 0.0052 + 0.4, z * 0.0052 + 2.1) * 2 - 1);
  const crags = cloudy(x * 0.03, z * 0.03) * 16 + cloudy(x * 0.1, z * 0.1) * 6;
  return 5 + back * (28 + ridges ** 1.6 * 105 + crags) * smooth(-540, -400, z) ** 0.3;
}

function buildHut(pen: Pen): void {
  const [wide, tall, deep] = [7.5, 3.2, 5.5];
  const low = [-wide / 2, 0, -deep / 2] as const;
  const high = [wide / 2, tall, deep / 2] as const;
  const wall = facade({
    wall: logs,
    frame: '#e8e0d0',
    glass: '#2b3036',
    stepU: 2.5,
    stepV: 9,
    width: 0.9,
    height: 1.1,
    sill: 1.1,
    shutter: '#8c2f28',
    lit: 0.4,
  });
  box(pen, stone, [low[0] - 0.1, -1.5, low[2] - 0.1], [high[0] + 0.1, 0.5, high[2] + 0.1]);
  box(pen, wall, low, high);
  saddleRoof(pen, planks('#4f3b2c', 0.2), logs, low, high, 2.4, 0.9);
  saddleRoof(pen.at(0, 0.28, 0), snow, snow, low, high, 2.4, 0.75);
  box(pen, stone, [1.6, 3, -1.4], [2.5, 6.8, -0.6], snow);
  block(pen, plain('#5a3826'), [0.1, 0.3, deep / 2 + 0.04], [0.95, 2, 0.08]);
  block(pen, planks('#6b4a30', 0.2), [0, 0.1, deep / 2 + 0.7], [5, 0.15, 1.3], snow);
  for (const x of [-2.4, 2.4]) bar(pen, trunk, [x, -0.5, deep / 2 + 1.2], [x, 2.9, deep / 2 + 0.8], 0.09);
}

function buildFence(pen: Pen, post: number): void {
  const [x, z] = [4.5 + Math.sin(post * 0.5) * 0.8, 13 - post * 2.6];
  const [nextX, nextZ] = [4.5 + Math.sin((post + 1) * 0.5) * 0.8, z - 2.6];
  const [y, nextY] = [near(x, z), near(nextX, nextZ)];
  block(pen, plain('#6a5442'), [x, y - 0.3, z], [0.14, 1.4, 0.14], snow);
  for (const up of [0.45, 0.85]) bar(pen, plain('#7a6450'), [x, y + up, z], [nextX, nextY + up, nextZ], 0.05);
}
