import type { Pen } from '../render/mesh.ts';
import type { Painter } from '../render/surface.ts';
import { add, cross, length, scale, subtract, unit, type Vec3 } from '../render/vec.ts';

/** A flat face with corners in order; u runs from a to b, v from a to d, both from 0 in metres. */
export function quad(pen: Pen, paint: Painter, a: Vec3, b: Vec3, c: Vec3, d: Vec3): void {
  const normal = unit(cross(subtract(b, a), subtract(d, a)));
  const [width, height] = [length(subtract(b, a)), length(subtract(d, a))];
  const [i, j] = [pen.vertex(a, normal, 0, 0), pen.vertex(b, normal, width, 0)];
  const [k, l] = [pen.vertex(c, normal, width, height), pen.vertex(d, normal, 0, height)];
  pen.triangle(i, j, k, paint);
  pen.triangle(i, k, l, paint);
}

/** A flat triangle, with u v of the quad a, b, ., c. */
export function facet(pen: Pen, paint: Painter, a: Vec3, b: Vec3, c: Vec3): void {
  const normal = unit(cross(subtract(b, a), subtract(c, a)));
  const width = length(subtract(b, a));
  const along = unit(subtract(b, a));
  const reach = subtract(c, a);
  const u = reach[0] * along[0] + reach[1] * along[1] + reach[2] * along[2];
  const v = length(subtract(reach, scale(along, u)));
  pen.triangle(
    pen.vertex(a, normal, 0, 0),
    pen.vertex(b, normal, width, 0),
    pen.vertex(c, normal, u, v),
    paint,
  );
}

/** A box between two corners; on its sides v runs up from the bottom. */
export function box(
  pen: Pen,
  paint: Painter,
  [x0, y0, z0]: Vec3,
  [x1, y1, z1]: Vec3,
  top: Painter = paint,
): void {
  quad(pen, paint, [x0, y0, z1], [x1, y0, z1], [x1, y1, z1], [x0, y1, z1]);
  quad(pen, paint, [x1, y0, z0], [x0, y0, z0], [x0, y1, z0], [x1, y1, z0]);
  quad(pen, paint, [x1, y0, z1], [x1, y0, z0], [x1, y1, z0], [x1, y1, z1]);
  quad(pen, paint, [x0, y0, z0], [x0, y0, z1], [x0, y1, z1], [x0, y1, z0]);
  quad(pen, top, [x0, y1, z1], [x1, y1, z1], [x1, y1, z0], [x0, y1, z0]);
  quad(pen, paint, [x0, y0, z0], [x1, y0, z0], [x1, y0, z1], [x0, y0, z1]);
}

/** A box on `floor`, centred at x, z. */
export function block(
  pen: Pen,
  paint: Painter,
  [x, floor, z]: Vec3,
  [width, height, depth]: Vec3,
  top?: Painter,
): void {
  box(pen, paint, [x - width / 2, floor, z - depth / 2], [x + width / 2, floor + height, z + depth / 2], top);
}

/** A saddle roof over a box, with eaves and a ridge along x. The gables are painted like walls. */
export function saddleRoof(
  pen: Pen,
  roof: Painter,
  gable: Painter,
  low: Vec3,
  high: Vec3,
  rise: number,
  eaves = 0.3,
): void {
  const [x0, y, z0] = [low[0], high[1], low[2]];
  const [x1, z1] = [high[0], high[2]];
  const middle = (z0 + z1) / 2;
  const drop = (eaves * rise) / (middle - z0);
  const [left, right] = [x0 - eaves, x1 + eaves];
  const ridgeA: Vec3 = [left, y + rise, middle];
  const ridgeB: Vec3 = [right, y + rise, middle];
  quad(pen, roof, [left, y - drop, z1 + eaves], [right, y - drop, z1 + eaves], ridgeB, ridgeA);
  quad(pen, roof, [right, y - drop, z0 - eaves], [left, y - drop, z0 - eaves], ridgeA, ridgeB);
  facet(pen, gable, [x1, y, z1], [x1, y, z0], [x1, y + rise, middle]);
  facet(pen, gable, [x0, y, z0], [x0, y, z1], [x0, y + rise, middle]);
}

/** Turns a profile of [radius, height] about the vertical: columns, bottles, cones, domes. */
export function lathe(
  pen: Pen,
  paint: Painter,
  profile: readonly (readonly [number, number])[],
  sides = 12,
): void {
  const rings = profile.map(([radius, height], at) => ring(pen, radius, height, slopeAt(profile, at), sides));
  for (let at = 1; at < rings.length; at++)
    join(pen, paint, rings[at - 1] as number[], rings[at] as number[]);
}

/** Slope of a profile's normal at a point. */
function slopeAt(profile: readonly (readonly [number, number])[], at: number): number {
  const before = profile[Math.max(0, at - 1)] as readonly [number, number];
  const after = profile[Math.min(profile.length - 1, at + 1)] as readonly [number, number];
  return Math.atan2(before[0] - after[0], after[1] - before[1]);
}

function ring(pen: Pen, radius: number, height: number, slope: number, sides: number): number[] {
  return Array.from({ length: sides + 1 }, (_, side) => {
    const angle = (side / sides) * 2 * Math.PI;
    const [x, z] = [Math.sin(angle), Math.cos(angle)];
    const normal: Vec3 = [x * Math.cos(slope), Math.sin(slope), z * Math.cos(slope)];
    return pen.vertex([x * radius, height, z * radius], normal, angle * Math.max(radius, 0.05), height);
  });
}

/** Closes two rows of vertices into a band of triangles. */
export function join(pen: Pen, paint: Painter, below: readonly number[], above: readonly number[]): void {
  for (let side = 1; side < below.length; side++) {
    const [a, b] = [below[side - 1] as number, below[side] as number];
    const [c, d] = [above[side] as number, above[side - 1] as number];
    pen.triangle(a, b, c, paint);
    pen.triangle(a, c, d, paint);
  }
}

/** An upright cylinder or, with two radii, a truncated cone, standing at a point. */
export function column(
  pen: Pen,
  paint: Painter,
  [x, y, z]: Vec3,
  radius: number,
  height: number,
  topRadius = radius,
): void {
  const profile: [number, number][] = [
    [radius, 0],
    [topRadius, height],
    [topRadius, height],
    [0, height],
  ];
  lathe(pen.at(x, y, z), paint, profile, radius > 0.3 ? 14 : 8);
}

export function ball(pen: Pen, paint: Painter, [x, y, z]: Vec3, radius: number, squash = 1): void {
  const profile = Array.from({ length: 9 }, (_, at): [number, number] => {
    const angle = (at / 8 - 0.5) * Math.PI;
    return [Math.cos(angle) * radius, Math.sin(angle) * radius * squash];
  });
  lathe(pen.at(x, y, z), paint, profile, 14);
}

/** A round bar from one point to another: branches, ropes, legs, rails. */
export function bar(
  pen: Pen,
  paint: Painter,
  from: Vec3,
  to: Vec3,
  radius: number,
  endRadius = radius,
  sides = 6,
): void {
  const axis = unit(subtract(to, from));
  const side = unit(cross(axis, Math.abs(axis[1]) > 0.9 ? [1, 0, 0] : [0, 1, 0]));
  const other = cross(side, axis);
  const long = length(subtract(to, from));
  const around = (centre: Vec3, r: number, v: number) =>
    Array.from({ length: sides + 1 }, (_, at) => {
      const angle = (at / sides) * 2 * Math.PI;
      const out = add(scale(side, Math.cos(angle)), scale(other, Math.sin(angle)));
      return pen.vertex(add(centre, scale(out, r)), out, angle * r, v);
    });
  join(pen, paint, around(from, radius, 0), around(to, endRadius, long));
}

/** A bar bent along points. */
export function pipe(pen: Pen, paint: Painter, points: readonly Vec3[], radius: number): void {
  for (let at = 1; at < points.length; at++)
    bar(pen, paint, points[at - 1] as Vec3, points[at] as Vec3, radius);
}

/** Points on the upper half of an ellipse in the plane across z, from left to right. */
export function archPoints([x, y, z]: Vec3, width: number, rise: number, count = 12): Vec3[] {
  return Array.from({ length: count + 1 }, (_, at) => {
    const angle = Math.PI * (1 - at / count);
    return [x + (Math.cos(angle) * width) / 2, y + Math.sin(angle) * rise, z];
  });
}

export interface Field {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly cells: readonly [number, number];
  readonly height: (x: number, z: number) => number;
}

/** Ground with a height from a function of x and z, smooth between the cells. */
export function terrain(pen: Pen, paint: Painter, { from, to, cells, height }: Field): void {
  const [stepX, stepZ] = [(to[0] - from[0]) / cells[0], (to[1] - from[1]) / cells[1]];
  const row = (at: number) =>
    Array.from({ length: cells[0] + 1 }, (_, column) => {
      const [x, z] = [from[0] + column * stepX, from[1] + at * stepZ];
      const fallX = (height(x - stepX / 2, z) - height(x + stepX / 2, z)) / stepX;
      const fallZ = (height(x, z - stepZ / 2) - height(x, z + stepZ / 2)) / stepZ;
      return pen.vertex([x, height(x, z), z], unit([fallX, 1, fallZ]), x, z);
    });
  for (let at = 0, before = row(0); at < cells[1]; at++) {
    const after = row(at + 1);
    join(pen, paint, before, after);
    before = after;
  }
}
