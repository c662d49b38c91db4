import type { Painter } from './surface.ts';
import { cross, subtract, unit, type Vec3 } from './vec.ts';

/** Triangles in drawing order, with the inputs of the shader. */
export interface Mesh {
  /** x y z of each vertex; likewise `normals`. */
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  /** u v of each vertex, in metres along the surface. */
  readonly uvs: Float32Array;
  /** Three vertices of each triangle. */
  readonly corners: Uint32Array;
  /** Unit normal of each triangle. */
  readonly facing: Float32Array;
  /** For each triangle, two affine functions of position (x y z 1): the weights of its 2nd and 3rd corner. */
  readonly weights: Float32Array;
  readonly paintOf: Uint16Array;
  readonly paints: readonly Painter[];
}

/** Collects the triangles of pens. */
export class MeshSink {
  readonly #positions: number[] = [];
  readonly #normals: number[] = [];
  readonly #uvs: number[] = [];
  readonly #corners: number[] = [];
  readonly #paintOf: number[] = [];
  readonly #paints = new Map<Painter, number>();

  vertex(position: Vec3, normal: Vec3, u: number, v: number): number {
    this.#positions.push(...position);
    this.#normals.push(...normal);
    return this.#uvs.push(u, v) / 2 - 1;
  }

  triangle(a: number, b: number, c: number, paint: Painter): void {
    const id = this.#paints.get(paint) ?? this.#paints.size;
    this.#paints.set(paint, id);
    this.#corners.push(a, b, c);
    this.#paintOf.push(id);
  }

  finish(): Mesh {
    const positions = Float32Array.from(this.#positions);
    const corners = Uint32Array.from(this.#corners);
    return {
      positions,
      normals: Float32Array.from(this.#normals),
      uvs: Float32Array.from(this.#uvs),
      corners,
      ...planes(positions, corners),
      paintOf: Uint16Array.from(this.#paintOf),
      paints: [...this.#paints.keys()],
    };
  }
}

function planes(positions: Float32Array, corners: Uint32Array): Pick<Mesh, 'facing' | 'weights'> {
  const facing = new Float32Array(corners.length);
  const weights = new Float32Array((corners.length / 3) * 8);
  const point = (corner: number): Vec3 => {
    const at = (corners[corner] as number) * 3;
    return [positions[at] as number, positions[at + 1] as number, positions[at + 2] as number];
  };
  for (let t = 0; t < corners.length / 3; t++) {
    const [a, b, c] = [point(t * 3), point(t * 3 + 1), point(t * 3 + 2)];
    facing.set(unit(cross(subtract(b, a), subtract(c, a))), t * 3);
    weights.set([...weightOf(b, a, c), ...weightOf(c, a, b)], t * 8);
  }
  return { facing, weights };
}

/** The affine function with value 1 at `corner` and 0 on the opposite edge. */
function weightOf(corner: Vec3, other: Vec3, third: Vec3): number[] {
  const along = subtract(third, other);
  const normal = cross(along, subtract(corner, other));
  const gradient = cross(normal, along);
  const [x, y, z] = gradient;
  const reach = subtract(corner, other);
  const height = x * reach[0] + y * reach[1] + z * reach[2] || 1;
  return [x / height, y / height, z / height, -(x * other[0] + y * other[1] + z * other[2]) / height];
}

/** Draws into a sink in local coordinates: moved, rotated about the vertical, scaled. */
export class Pen {
  readonly #sink: MeshSink;
  readonly #origin: Vec3;
  readonly #turn: number;
  readonly #scale: number;

  constructor(sink: MeshSink, origin: Vec3 = [0, 0, 0], turn = 0, scale = 1) {
    this.#sink = sink;
    this.#origin = origin;
    this.#turn = turn;
    this.#scale = scale;
  }

  /** A pen for a part in local coordinates. */
  at(x: number, y: number, z: number, turn = 0, scale = 1): Pen {
    return new Pen(this.#sink, this.#toWorld([x, y, z]), this.#turn + turn, this.#scale * scale);
  }

  vertex(position: Vec3, normal: Vec3, u: number, v: number): number {
    const size = this.#scale;
    return this.#sink.vertex(this.#toWorld(position), this.#turned(normal), u * size, v * size);
  }

  triangle(a: number, b: number, c: number, paint: Painter): void {
    this.#sink.triangle(a, b, c, paint);
  }

  #toWorld(point: Vec3): Vec3 {
    const [x, y, z] = this.#turned(point);
    const [ox, oy, oz] = this.#origin;
    return [ox + x * this.#scale, oy + y * this.#scale, oz + z * this.#scale];
  }

  #turned([x, y, z]: Vec3): Vec3 {
    const [cos, sin] = [Math.cos(this.#turn), Math.sin(this.#turn)];
    return [x * cos + z * sin, y, z * cos - x * sin];
  }
}
