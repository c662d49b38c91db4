import type { Random } from '../../src/lib/random.ts';
import { broadleaf, crown, fronds } from '../build/plants.ts';
import { bar, terrain } from '../build/shapes.ts';
import { bark, foliage, grass } from '../paint/nature.ts';
import { blend, patchy, tint } from '../paint/plain.ts';
import { daylight } from '../render/light.ts';
import type { Pen } from '../render/mesh.ts';
import { cloudy, smooth } from '../render/noise.ts';
import type { Place } from '../render/place.ts';
import type { Painter } from '../render/surface.ts';
import { colour } from '../render/vec.ts';

const leaf = foliage('#1f3d12', '#6f9a2c');
const brush = foliage('#24401a', '#58752a');
const fern = foliage('#2d5a1c', '#7fae3d');
const beech = bark('#6b6357', '#56663a');
const birch = bark('#b9b3a4', '#8a8a78');
const undergrowth = grass('#2f4a16', '#5f7a2a', 3);
const leaves = patchy('#54422a', '#6f5a34', 1.5);
const shade = colour('#41412b');
const earth = colour('#8d7452');

/** A winding path between old beeches, ferns at its side. */
export const forest: Place = {
  name: 'forest',
  build,
  view: {
    eye: [0.4, 1.7, 12],
    target: [0.2, 2.4, -8],
    eyeReach: [1.2, 0.4, 3],
    targetReach: [2, 0.7, 2],
    fovDeg: 52,
  },
  moments: [
    daylight({ azimuthDeg: 140, elevationDeg: 52, clouds: 0.2, haze: 0.004, ground: [0.16, 0.24, 0.08] }),
    daylight({ azimuthDeg: -120, elevationDeg: 30, clouds: 0.3, haze: 0.008, ground: [0.16, 0.24, 0.08] }),
    daylight({ azimuthDeg: 60, elevationDeg: 58, clouds: 0.72, haze: 0.007, ground: [0.16, 0.24, 0.08] }),
  ],
  lamps: [],
  shadow: { centre: [0, 4, -4], radius: 26 },
  openness: 0.8,
  meterEv: 0.45,
};

function build(pen: Pen, random: Random): void {
  terrain(pen, floor, { from: [-60, -90], to: [60, 24], cells: [60, 60], height });
  for (let tree = 0; tree < 46; tree++) {
    const z = 11 - tree * 1.6 + random.between(-0.8, 0.8);
    const side = tree % 2 === 0 ? 1 : -1;
    const x = pathAt(z) + side * (2.6 + random.next() ** 1.6 * 15);
    const slim = random.next() < 0.25;
    broadleaf(
      pen.at(x, height(x, z), z, random.next() * 6),
      slim ? birch : beech,
      leaf,
      slim ? random.between(8, 11) : random.between(12, 17),
      random,
      tree < 18 ? 480 : 240,
    );
  }
  for (let thicket = 0; thicket < 44; thicket++) growThicket(pen, random, thicket);
  for (let plant = 0; plant < 190; plant++) growAt(pen, random, plant);
  bar(pen, beech, [-4.6, 0.35, 2.5], [-1.9, 0.3, 0.3], 0.3, 0.24, 10);
}

/** A ring of young trees that closes the view. */
function growThicket(pen: Pen, random: Random, thicket: number): void {
  const x = -44 + thicket * 2 + random.between(-1, 1);
  const z = -34 - random.next() * 24 + Math.abs(x) * 0.45;
  const radii = [3, random.between(2.5, 5), 3] as const;
  crown(
    pen.at(x, height(x, z), z),
    leaf,
    { centre: [0, radii[1] * 0.8, 0], radii, leaves: 130, size: 1 },
    random,
  );
}

function growAt(pen: Pen, random: Random, plant: number): void {
  const z = 11 - random.next() * 40;
  const side = random.next() < 0.5 ? 1 : -1;
  const x = pathAt(z) + side * (1.5 + random.next() ** 1.5 * 9);
  const at = pen.at(x, height(x, z), z, random.next() * 6);
  if (plant % 3 !== 0) fronds(at, fern, 9, random.between(0.5, 0.9), 0.8, random);
  else crown(at, brush, { centre: [0, 0.5, 0], radii: [0.9, 0.7, 0.9], leaves: 130, size: 0.2 }, random);
}

const pathAt = (z: number) => Math.sin(z * 0.13) * 1.6;

function height(x: number, z: number): number {
  const away = Math.abs(x - pathAt(z));
  return smooth(1, 9, away) * 1.3 + Math.sin(x * 0.5) * Math.cos(z * 0.4) * 0.15 + away * 0.03;
}

const floor: Painter = (s) => {
  const away = Math.abs(s.x - pathAt(s.z)) + (cloudy(s.x * 0.6, s.z * 0.6, s.grain) - 0.5) * 1.1;
  if (away > 1.4) {
    undergrowth(s);
    const litter = smooth(0.5, 0.8, cloudy(s.x * 0.3, s.z * 0.3));
    const { r, g, b } = s;
    leaves(s);
    blend(s, [r, g, b], 1 - litter);
    return;
  }
  tint(s, earth, 0.6 + 0.6 * cloudy(s.x * 2, s.z * 2, s.grain * 2));
  blend(s, shade, smooth(0.7, 1.4, away) * 0.6);
};
