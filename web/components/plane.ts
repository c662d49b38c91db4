/** Geometry of the map: screen positions of points, and the nearest point. Pure. */
export interface View {
  readonly width: number;
  readonly height: number;
  /** 1 shows the whole map. */
  readonly zoom: number;
  /** Centre of the view, in map coordinates. */
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const marginPixels = 40;
const zoomMax = 60;

export function spotOf(view: View, x: number, y: number): Point {
  const [across, down] = extentOf(view);
  return { x: view.width / 2 + (x - view.x) * across, y: view.height / 2 + (y - view.y) * down };
}

/** Zooms by `factor` and keeps `point` in place on the screen. */
export function zoomed(view: View, factor: number, point: Point): View {
  const zoom = Math.min(zoomMax, Math.max(1, view.zoom * factor));
  const [before, after] = [extentOf(view), extentOf({ ...view, zoom })];
  const shift = (pixels: number, axis: 0 | 1) => pixels * (1 / before[axis] - 1 / after[axis]);
  return {
    ...view,
    zoom,
    x: view.x + shift(point.x - view.width / 2, 0),
    y: view.y + shift(point.y - view.height / 2, 1),
  };
}

export function moved(view: View, right: number, down: number): View {
  const [across, along] = extentOf(view);
  return { ...view, x: within(view.x - right / across), y: within(view.y - down / along) };
}

export type Direction = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

const directions: Record<Direction, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function isWay(key: string): key is Direction {
  return key in directions;
}

/** Returns the nearest point in a direction, within 45 degrees, preferring points straight ahead. */
export function nextInDirection(
  points: readonly (Point | undefined)[],
  from: number,
  way: Direction,
): number {
  const origin = points[from];
  const [ahead, aside] = directions[way];
  let [best, least] = [from, Number.POSITIVE_INFINITY];
  for (const [at, point] of points.entries()) {
    if (point === undefined || origin === undefined || at === from) continue;
    const [dx, dy] = [point.x - origin.x, point.y - origin.y];
    const [forward, sideways] = [dx * ahead + dy * aside, Math.abs(dx * aside) + Math.abs(dy * ahead)];
    const cost = forward + 2 * sideways;
    if (forward > 0 && sideways <= forward && cost < least) [best, least] = [at, cost];
  }
  return best;
}

/** Returns the point nearest to a place, within reach. */
export function nearestPoint(points: readonly (Point | undefined)[], place: Point, reach: number): number {
  let [best, least] = [-1, reach];
  for (const [at, point] of points.entries()) {
    const distance = point === undefined ? Infinity : Math.hypot(point.x - place.x, point.y - place.y);
    if (distance < least) [best, least] = [at, distance];
  }
  return best;
}

/** Places squares of equal size without overlap. */
export class Room {
  readonly #side: number;
  /** By cell of that size: at most one square starts in each. */
  readonly #taken = new Map<string, Point>();

  constructor(side: number) {
    this.#side = side;
  }

  /** Takes the point if the square is free; returns whether it was. */
  take(point: Point): boolean {
    const [column, row] = [Math.floor(point.x / this.#side), Math.floor(point.y / this.#side)];
    for (let right = -1; right <= 1; right++) {
      for (let down = -1; down <= 1; down++) {
        const near = this.#taken.get(`${column + right} ${row + down}`);
        if (near !== undefined && this.#covers(near, point)) return false;
      }
    }
    this.#taken.set(`${column} ${row}`, point);
    return true;
  }

  #covers(one: Point, other: Point): boolean {
    return Math.abs(one.x - other.x) < this.#side && Math.abs(one.y - other.y) < this.#side;
  }
}

function extentOf({ width, height, zoom }: View): readonly [number, number] {
  return [zoom * Math.max(1, width - 2 * marginPixels), zoom * Math.max(1, height - 2 * marginPixels)];
}

function within(value: number): number {
  return Math.min(1, Math.max(0, value));
}
