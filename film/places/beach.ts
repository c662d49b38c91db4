import type { Random } from '../../src/lib/random.ts';
import { fronds } from '../build/plants.ts';
import { bar, block, column, lathe, quad, terrain } from '../build/shapes.ts';
import { bark, foliage, loose, water } from '../paint/nature.ts';
import { blend, glossy, patchy, plain, planks, striped, topped } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import { cloudy, smooth } from '../render/noise.ts';
import type { Place } from '../render/place.ts';
import type { Painter } from '../render/surface.ts';
import { colour } from '../render/vec.ts';

const dry = loose('#ead2a0', '#d3b27c', 0.16, 0.9);
const lagoon = water('#0d5f78', 2.4, 0.12, '#1fa0a8', 0.05);
const needle = foliage('#2f6a24', '#8fbe4a');
const trunk = bark('#9a8462');
const shallows = colour('#98cec4');
const spray = colour('#edf3f3');
const headland = topped(patchy('#8a7a62', '#a8967a', 5), patchy('#4f6b32', '#6f8440', 6), 0.55);

/** A tropical beach: turquoise water with foam at its edge, leaning palms, parasols, a headland. */
export const beach: Place = {
  name: 'beach',
  build,
  view: {
    eye: [5, 2.4, 15],
    target: [-1, 2.6, -16],
    eyeReach: [3, 0.6, 3],
    targetReach: [3, 0.8, 2],
    fovDeg: 50,
  },
  moments: [
    daylight({ azimuthDeg: 70, elevationDeg: 56, clouds: 0.35, haze: 0.001, ground: [0.5, 0.42, 0.3] }),
    daylight({ azimuthDeg: -70, elevationDeg: 24, clouds: 0.4, haze: 0.002, ground: [0.5, 0.42, 0.3] }),
    daylight({ azimuthDeg: 30, elevationDeg: 48, clouds: 0.72, haze: 0.003, ground: [0.5, 0.42, 0.3] }),
  ],
  lamps: [],
  shadow: { centre: [4, 3, -4], radius: 30 },
  openness: 1,
  meterEv: -0.3,
};

function build(pen: Pen, random: Random): void {
  quad(pen, sea, [-500, 0, 60], [60, 0, 60], [60, 0, -700], [-500, 0, -700]);
  terrain(pen, sand, { from: [-30, -120], to: [60, 40], cells: [60, 80], height });
  terrain(pen, headland, { from: [-190, -260], to: [90, -105], cells: [60, 30], height: cape });
  for (const [x, z, tall, lean] of [
    [7.5, -2, 7.5, -2.4],
    [9.5, -7, 9, -1.8],
    [6.8, -13, 8, -2.8],
    [13, -12, 10, 1],
    [11, -20, 9, -2],
    [15, -26, 10, -1],
    [12.5, 2, 8.5, 1.5],
  ] as const) {
    buildPalm(pen.at(x, height(x, z), z), tall, lean, random);
  }
  const parasols = [
    ['#d8432f', 2.6, 3],
    ['#2f6fae', 4.6, -4],
    ['#e3a72f', 1.6, -9],
    ['#3a8f6a', 3.6, -16],
  ] as const;
  for (const [hex, x, z] of parasols) buildParasol(pen.at(x, height(x, z), z, x), hex);
  for (let bush = 0; bush < 26; bush++) {
    const [x, z] = [random.between(9, 24), random.between(-50, 6)];
    fronds(pen.at(x, height(x, z), z), needle, 10, random.between(0.7, 1.5), 0.9, random);
  }
  buildBoat(pen.at(-2.4, 0.35, -7, 0.5));
}

const shoreAt = (z: number) => Math.sin(z * 0.06 + 0.5) * 2.2 - 1.5 - z * 0.03;

function height(x: number, z: number): number {
  const inland = x - shoreAt(z);
  return (
    inland * 0.085 +
    smooth(7, 18, inland) * 1.4 +
    (cloudy(x * 0.2, z * 0.2) - 0.5) * 0.3 * smooth(1, 6, inland)
  );
}

const cape = (x: number, z: number) =>
  -4 +
  smooth(-105, -190, z) *
    (20 + 16 * cloudy(x * 0.02, z * 0.02)) *
    smooth(-170, -60, x + cloudy(z * 0.05, 1) * 30);

/** Sand, dark along the last wave. */
const sand: Painter = (s) => {
  dry(s);
  const wet = smooth(0.42, 0.12, s.y + (cloudy(s.x * 0.3, s.z * 0.3) - 0.5) * 0.14);
  s.r *= 1 - 0.55 * wet;
  s.g *= 1 - 0.58 * wet;
  s.b *= 1 - 0.62 * wet;
  s.gloss = 0.12 * wet;
};

/** Water with lines of foam along the shore. */
const sea: Painter = (s) => {
  lagoon(s);
  const off = shoreAt(s.z) - s.x;
  blend(s, shallows, smooth(9, 0, off) * 0.75);
  const ragged = off + cloudy(s.x * 0.25, s.z * 0.25, s.grain * 0.3) * 2.4 + cloudy(s.x, s.z, s.grain) * 0.8;
  const foam =
    smooth(0.5, 0, Math.abs(ragged - 1.9)) +
    smooth(0.45, 0, Math.abs(ragged - 4.9)) * 0.8 +
    smooth(0.5, 0, Math.abs(ragged - 9)) * 0.5;
  if (foam <= 0 || off > 14) return;
  blend(s, spray, Math.min(1, foam));
  s.gloss *= 1 - Math.min(1, foam);
};

function buildPalm(pen: Pen, tall: number, lean: number, random: Random): void {
  const at = (t: number) => [lean * t * t, tall * t, lean * 0.3 * t] as const;
  for (let part = 0; part < 6; part++)
    bar(pen, trunk, at(part / 6), at((part + 1) / 6), 0.2 - part * 0.016, 0.19 - part * 0.016, 8);
  const [x, y, z] = at(1);
  fronds(pen.at(x, y, z), needle, 15, 3, 0.5, random);
  fronds(pen.at(x, y, z, 0.3), needle, 9, 2.4, 1.1, random);
  for (const turn of [0, 2, 4])
    lathe(
      pen.at(x + Math.sin(turn) * 0.25, y - 0.35, z + Math.cos(turn) * 0.25),
      plain('#6a5a2c'),
      [
        [0, 0],
        [0.15, 0.14],
        [0, 0.3],
      ],
      8,
    );
}

function buildParasol(pen: Pen, hex: string): void {
  bar(pen, plain('#e9e2d2'), [0, -0.2, 0], [0.25, 2.3, 0], 0.035);
  lathe(
    pen.at(0.22, 1.95, 0),
    striped(hex, '#f3ecdc', 1.05),
    [
      [1.6, 0],
      [1.1, 0.32],
      [0.04, 0.55],
    ],
    16,
  );
  for (const z of [-0.8, 0.8]) {
    block(pen, planks('#b98d5c', 0.12), [-0.3, 0.22, z], [1.9, 0.07, 0.62]);
    block(pen.at(0.75, 0.28, z), plain(hex), [-1, 0.01, 0], [1.5, 0.02, 0.5]);
    for (const x of [-1.1, 0.5]) block(pen, plain('#8a6a44'), [x, 0, z], [0.06, 0.24, 0.5]);
  }
}

function buildBoat(pen: Pen): void {
  const hull = glossy('#e8e0cc', 0.04);
  for (const side of [-1, 1]) {
    quad(
      pen,
      hull,
      [-2.2, 0, side * 0.2],
      [1.6, 0, side * 0.2],
      [2.6, 0.75, side * 0.1],
      [-2.4, 0.6, side * 0.75],
    );
    quad(
      pen,
      glossy('#2b7fa0', 0.04),
      [-2.4, 0.5, side * 0.72],
      [2.5, 0.64, side * 0.13],
      [2.65, 0.78, side * 0.1],
      [-2.45, 0.66, side * 0.78],
    );
    bar(pen, plain('#8a6a44'), [-1.5, 0.35, side * 1.9], [1.5, 0.35, side * 1.9], 0.1);
    bar(pen, plain('#8a6a44'), [0, 0.7, 0], [0, 0.4, side * 1.9], 0.04);
  }
  block(pen, plain('#9a7448'), [-0.8, 0.45, 0], [0.35, 0.06, 1.1]);
  column(pen, plain('#9a7448'), [0.6, 0.1, 0], 0.06, 3.4, 0.04);
}
