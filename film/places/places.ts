import { assert } from '../../src/lib/assert.ts';
import type { Place } from '../render/place.ts';
import { beach } from './beach.ts';
import { canyon } from './canyon.ts';
import { forest } from './forest.ts';
import { greenhouse } from './greenhouse.ts';
import { harbour } from './harbour.ts';
import { hut } from './hut.ts';
import { kitchen } from './kitchen.ts';
import { library } from './library.ts';
import { market } from './market.ts';
import { square } from './square.ts';
import { station } from './station.ts';
import { street } from './street.ts';

/** All places of a film. */
export const places: readonly Place[] = [
  harbour,
  forest,
  canyon,
  library,
  square,
  kitchen,
  hut,
  greenhouse,
  station,
  beach,
  market,
  street,
];

export function placeNamed(name: string): Place {
  const place = places.find((candidate) => candidate.name === name);
  assert(place !== undefined, `there is no place ${name} in the film`);
  return place;
}
