import { assert } from '../src/lib/assert.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { places } from './places/places.ts';
import type { CameraPose } from './render/camera.ts';
import type { Exposure } from './render/lens.ts';
import type { Light } from './render/light.ts';
import type { Place } from './render/place.ts';
import { planMove } from './shot.ts';

export interface FilmOptions {
  readonly frames?: number;
  readonly seed?: number;
}

export interface FilmFrame {
  readonly index: number;
  /** Number of the shot, from 0. A cut lies between frames of different shots. */
  readonly shot: number;
  /** The place shown, such as `harbour`: the true group. */
  readonly place: string;
  /** Time in the film, strictly rising. */
  readonly timeMs: number;
  readonly camera: CameraPose;
  readonly light: Light;
  readonly exposure: Exposure;
}

export interface Film {
  readonly seed: number;
  /** Names of the places, in order of their first shot. */
  readonly places: readonly string[];
  readonly frames: readonly FilmFrame[];
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
/** Usual and smallest length of a shot, frames. */
const shotFrames = 7;
const shotFramesMin = 3;

/** Plans a film: shots of many places, cuts, and revisits in other light from another side. */
export function planFilm({ frames = 240, seed = 1 }: FilmOptions = {}): Film {
  assert(Number.isInteger(frames) && frames > 0, 'a film needs a whole number of frames');
  const random = seededRandom(seed);
  const shots = Math.max(1, Math.round(frames / shotFrames));
  const visits = planVisits(random, shots);
  const lengths = planLengths(random, frames, shots);
  const planned: FilmFrame[] = [];
  let clockMs = 0;
  for (const [shot, visit] of visits.entries()) {
    clockMs += shot === 0 ? 0 : gapMs(random);
    const added = planShot(random, visit, {
      shot,
      first: planned.length,
      count: lengths[shot] as number,
      startMs: clockMs,
    });
    clockMs = (added.at(-1) as FilmFrame).timeMs;
    planned.push(...added);
  }
  return { seed, places: [...new Set(planned.map(({ place }) => place))], frames: planned };
}

/** A shot of a place, and the number of earlier visits. */
interface Visit {
  readonly place: Place;
  readonly before: number;
}

/** Visits every place in turn, each round in a new order, never the same place twice in a row. */
function planVisits(random: Random, shots: number): Visit[] {
  const visits: Visit[] = [];
  for (let before = 0; visits.length < shots; before++) {
    const round = random.shuffled(places);
    if (round[0] === visits.at(-1)?.place) round.push(round.shift() as Place);
    visits.push(...round.map((place) => ({ place, before })));
  }
  return visits.slice(0, shots);
}

/** Random lengths of shots with the film's length as sum. */
function planLengths(random: Random, frames: number, shots: number): number[] {
  const lengths = Array.from({ length: shots }, () => Math.min(shotFramesMin, Math.floor(frames / shots)));
  for (let left = frames - lengths.reduce((a, b) => a + b, 0); left > 0; left--) {
    const shot = random.below(shots);
    lengths[shot] = (lengths[shot] as number) + 1;
  }
  return lengths;
}

/** Returns a pause between a hard cut and an hour. */
function gapMs(random: Random): number {
  if (random.next() < 0.4) return Math.round(random.between(0.04, 1) * SECOND_MS);
  return Math.round(SECOND_MS * (HOUR_MS / SECOND_MS) ** random.next());
}

interface Slot {
  readonly shot: number;
  readonly first: number;
  readonly count: number;
  readonly startMs: number;
}

function planShot(random: Random, { place, before }: Visit, slot: Slot): FilmFrame[] {
  const light = place.moments[before % place.moments.length] as Light;
  const move = planMove(random, place.view, before);
  const stepMs = 200 * 20 ** random.next();
  const look = {
    ev: random.between(-0.95, 0.95) * (before === 0 ? 0.4 : 1),
    warmth: random.between(-0.65, 0.65),
  };
  const grain = random.between(0.006, 0.03);
  let timeMs = slot.startMs;
  return Array.from({ length: slot.count }, (_, at) => {
    if (at > 0) timeMs += Math.round(stepMs * random.between(1, 1.25));
    const drift = 0.3 * (at / slot.count - 0.5);
    const exposure = {
      ...look,
      ev: place.meterEv + light.meterEv + look.ev + drift,
      grain,
      seed: random.below(2 ** 31),
    };
    const camera = move(slot.count === 1 ? 0.5 : at / (slot.count - 1));
    return { index: slot.first + at, shot: slot.shot, place: place.name, timeMs, camera, light, exposure };
  });
}
