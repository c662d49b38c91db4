import type { Random } from '../../src/lib/random.ts';
import type { Pen } from '../render/mesh.ts';
import type { Painter } from '../render/surface.ts';
import { add, cross, scale, unit, type Vec3 } from '../render/vec.ts';
import { bar, lathe } from './shapes.ts';

export interface Crown {
  readonly centre: Vec3;
  readonly radii: Vec3;
  readonly leaves: number;
  /** Size of a tuft of leaves, metres. */
  readonly size: number;
}

/** A cloud of tufts, denser towards its skin, shaded as one round body. */
export function crown(
  pen: Pen,
  paint: Painter,
  { centre, radii, leaves, size }: Crown,
  random: Random,
): void {
  for (let leaf = 0; leaf < leaves; leaf++) {
    const out = randomDirection(random);
    const depth = 0.6 + 0.42 * Math.sqrt(random.next());
    const at: Vec3 = [
      centre[0] + out[0] * radii[0] * depth,
      centre[1] + out[1] * radii[1] * depth,
      centre[2] + out[2] * radii[2] * depth,
    ];
    tuft(pen, paint, at, unit(add(out, [0, 0.35, 0])), size * random.between(0.6, 1.2), random);
  }
}

/** A tuft: two crossed triangles with the shading of their crown. */
function tuft(pen: Pen, paint: Painter, at: Vec3, normal: Vec3, size: number, random: Random): void {
  const [u, v] = [random.next(), random.next()];
  for (let half = 0; half < 2; half++) {
    const along = randomDirection(random);
    const over = unit(cross(along, randomDirection(random)));
    const corners = [scale(along, size * 0.7), add(scale(along, -size * 0.4), scale(over, size * 0.5))];
    const last = add(scale(along, -size * 0.4), scale(over, -size * 0.5));
    const [a, b] = corners.map((corner) => pen.vertex(add(at, corner), normal, u, v));
    pen.triangle(a as number, b as number, pen.vertex(add(at, last), normal, u, v), paint);
  }
}

function randomDirection(random: Random): Vec3 {
  const y = random.between(-1, 1);
  const angle = random.between(0, 2 * Math.PI);
  const flat = Math.sqrt(1 - y * y);
  return [Math.sin(angle) * flat, y, Math.cos(angle) * flat];
}

/** A broad-leaved tree of the given height: trunk, branches and some crowns. */
export function broadleaf(
  pen: Pen,
  trunk: Painter,
  leaf: Painter,
  heightM: number,
  random: Random,
  leaves = 260,
): void {
  const girth = heightM * 0.028;
  bar(pen, trunk, [0, -0.2, 0], [random.between(-0.2, 0.2), heightM * 0.55, 0], girth, girth * 0.6, 9);
  for (let branch = 0; branch < 5; branch++) {
    const angle = (branch / 5) * 2 * Math.PI + random.between(-0.4, 0.4);
    const reach = heightM * random.between(0.14, 0.24);
    const end: Vec3 = [
      Math.sin(angle) * reach,
      heightM * random.between(0.58, 0.82),
      Math.cos(angle) * reach,
    ];
    bar(pen, trunk, [0, heightM * random.between(0.35, 0.5), 0], end, girth * 0.45, girth * 0.15);
    const radius = heightM * random.between(0.15, 0.21);
    crown(
      pen,
      leaf,
      {
        centre: end,
        radii: [radius, radius * 0.8, radius],
        leaves: leaves / 5,
        size: heightM * 0.075 * Math.sqrt(260 / leaves),
      },
      random,
    );
  }
}

/** A spruce or pine: tiers of drooping needles on a straight trunk. */
export function conifer(
  pen: Pen,
  trunk: Painter,
  needle: Painter,
  heightM: number,
  random: Random,
  tiers = 9,
): void {
  bar(pen, trunk, [0, -0.2, 0], [0, heightM * 0.95, 0], heightM * 0.02, 0.02, 7);
  for (let tier = 0; tier < tiers; tier++) {
    const t = tier / tiers;
    const y = heightM * (0.16 + 0.78 * t);
    const radius = heightM * 0.2 * (1.05 - t) * random.between(0.9, 1.1);
    fringe(pen, needle, y, radius, (heightM / tiers) * 1.1, random);
  }
  lathe(
    pen.at(0, heightM * 0.9, 0),
    needle,
    [
      [heightM * 0.03, 0],
      [0, heightM * 0.14],
    ],
    6,
  );
}

/** A ragged tier: drooping boughs as narrow triangles. */
function fringe(pen: Pen, needle: Painter, y: number, radius: number, tall: number, random: Random): void {
  const boughs = 16;
  for (let bough = 0; bough < boughs; bough++) {
    const angle = ((bough + random.between(-0.3, 0.3)) / boughs) * 2 * Math.PI;
    const [x, z] = [Math.sin(angle), Math.cos(angle)];
    const reach = radius * random.between(0.75, 1.1);
    const normal = unit([x, 0.9, z]);
    const wide = reach * 0.3;
    const top = pen.vertex([0, y + tall * 0.75, 0], normal, 0, 0);
    const left = pen.vertex(
      [x * reach + z * wide, y - tall * 0.1, z * reach - x * wide],
      normal,
      random.next(),
      1,
    );
    const right = pen.vertex(
      [x * reach - z * wide, y - tall * 0.3, z * reach + x * wide],
      normal,
      random.next(),
      1,
    );
    pen.triangle(top, left, right, needle);
  }
}

/** A palm or fern: fronds that bend outwards from one point. */
export function fronds(
  pen: Pen,
  leaf: Painter,
  count: number,
  longM: number,
  lift: number,
  random: Random,
): void {
  for (let frond = 0; frond < count; frond++) {
    const angle = ((frond + random.between(-0.3, 0.3)) / count) * 2 * Math.PI;
    bentLeaf(pen, leaf, angle, longM * random.between(0.8, 1.15), lift * random.between(0.7, 1.3));
  }
}

function bentLeaf(pen: Pen, leaf: Painter, angle: number, long: number, lift: number): void {
  const [x, z] = [Math.sin(angle), Math.cos(angle)];
  let before: number[] | undefined;
  for (let part = 0; part <= 4; part++) {
    const t = part / 4;
    const [out, up] = [long * t * (1 - 0.15 * t), long * (lift * t - 1.1 * lift * t * t)];
    const wide = long * 0.1 * Math.sin(Math.PI * (0.12 + 0.86 * t));
    const normal = unit([-x * 0.3 + x * t, 1, -z * 0.3 + z * t]);
    const edge = (side: number) =>
      pen.vertex([x * out + z * wide * side, up, z * out - x * wide * side], normal, side, t);
    const after = [edge(-1), edge(1)];
    if (before !== undefined) joinPair(pen, leaf, before, after);
    before = after;
  }
}

function joinPair(pen: Pen, leaf: Painter, before: number[], after: number[]): void {
  const [a, b, c, d] = [before[0] as number, before[1] as number, after[1] as number, after[0] as number];
  pen.triangle(a, b, c, leaf);
  pen.triangle(a, c, d, leaf);
}
