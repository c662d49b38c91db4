/** Where the points of a map lie on the screen, and which is near. Pure. */
export interface View {
  readonly width: number;
  readonly height: number;
  /** 1: all of the map is seen. */
  readonly zoom: number;
  /** Of the map, what lies in the middle. */
  readonly x: number;
  readonly y: number;
}

export interface Location {
  readonly x: number;
  readonly y: number;
}

const marginPixels = 40;
const zoomMax = 60;

export function spotOf(view: View, x: number, y: number): Location {
  const [across, down] = extentOf(view);
  return { x: view.width / 2 + (x - view.x) * across, y: view.height / 2 + (y - view.y) * down };
}

/** The same view, zoomed by `factor` so that what lies at `spot` stays there. */
export function zoomed(view: View, factor: number, location: Location): View {
  const zoom = Math.min(zoomMax, Math.max(1, view.zoom * factor));
  const [before, after] = [extentOf(view), extentOf({ ...view, zoom })];
  const shift = (pixels: number, axis: 0 | 1) => pixels * (1 / before[axis] - 1 / after[axis]);
  return {
    ...view,
    zoom,
    x: view.x + shift(location.x - view.width / 2, 0),
    y: view.y + shift(location.y - view.height / 2, 1),
  };
}

export function moved(view: View, right: number, down: number): View {
  const [across, along] = extentOf(view);
  return { ...view, x: within(view.x - right / across), y: within(view.y - down / along) };
}

export type Way = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

const ways: Record<Way, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function isWay(key: string): key is Way {
  return key in ways;
}

/** The nearest spot that way: within 45 degrees of straight ahead, the more so the better. */
export function nextThatWay(spots: readonly (Location | undefined)[], from: number, way: Way): number {
  const origin = spots[from];
  const [ahead, aside] = ways[way];
  let [best, least] = [from, Number.POSITIVE_INFINITY];
  for (const [at, location] of spots.entries()) {
    if (location === undefined || origin === undefined || at === from) continue;
    const [dx, dy] = [location.x - origin.x, location.y - origin.y];
    const [forward, sideways] = [dx * ahead + dy * aside, Math.abs(dx * aside) + Math.abs(dy * ahead)];
    const cost = forward + 2 * sideways;
    if (forward > 0 && sideways <= forward && cost < least) [best, least] = [at, cost];
  }
  return best;
}

/** The spot nearest to a place, if it is within reach. */
export function nearestSpot(
  spots: readonly (Location | undefined)[],
  place: Location,
  reach: number,
): number {
  let [best, least] = [-1, reach];
  for (const [at, location] of spots.entries()) {
    const distance =
      location === undefined ? Infinity : Math.hypot(location.x - place.x, location.y - place.y);
    if (distance < least) [best, least] = [at, distance];
  }
  return best;
}

/** Squares of one size, laid where none of them covers another. */
export class Room {
  readonly #side: number;
  /** By cell of that size: at most one square begins in each. */
  readonly #taken = new Map<string, Location>();

  constructor(side: number) {
    this.#side = side;
  }

  /** Whether there was room. */
  take(location: Location): boolean {
    const [column, row] = [Math.floor(location.x / this.#side), Math.floor(location.y / this.#side)];
    for (let right = -1; right <= 1; right++) {
      for (let down = -1; down <= 1; down++) {
        const near = this.#taken.get(`${column + right} ${row + down}`);
        if (near !== undefined && this.#covers(near, location)) return false;
      }
    }
    this.#taken.set(`${column} ${row}`, location);
    return true;
  }

  #covers(one: Location, other: Location): boolean {
    return Math.abs(one.x - other.x) < this.#side && Math.abs(one.y - other.y) < this.#side;
  }
}

function extentOf({ width, height, zoom }: View): readonly [number, number] {
  return [zoom * Math.max(1, width - 2 * marginPixels), zoom * Math.max(1, height - 2 * marginPixels)];
}

function within(value: number): number {
  return Math.min(1, Math.max(0, value));
}
