import { countOf, descriptorBytes, type Keypoints } from '../../domain/keypoints.ts';

/** A pair of similar points, one per picture, as indices into both lists. */
export interface Match {
  readonly one: number;
  readonly other: number;
}

/** A match counts if the second-best distance is larger by this ratio (Lowe 2004). */
const ratioMax = 0.85;

/** Number of 32-bit words per descriptor. */
const words = Math.ceil(descriptorBytes / 4);

/** Returns the pairs of mutually nearest points that pass the ratio test. */
export function mutualMatches(one: Keypoints, other: Keypoints): Match[] {
  const there = nearestOf(wordsOf(one), wordsOf(other));
  return Array.from(there.nearest.keys()).flatMap((at) => {
    const found = there.nearest[at] as number;
    const isClear = (there.distance[at] as number) < ratioMax * (there.second[at] as number);
    return isClear && there.back[found] === at ? [{ one: at, other: found }] : [];
  });
}

/** Largest area of a logo or banner, square pixels, and its largest shift between pictures, pixels. */
const [markArea, markPixels] = [20_000, 2];

/**
 * Whether all matches belong to an overlay on both pictures: they cover a small area and have not moved. Even
 * a camera on a tripod matches a larger area.
 */
export function areMark(matches: readonly Match[], one: Keypoints, other: Keypoints): boolean {
  const placeIn = ({ positions }: Keypoints, at: number) => [
    positions[2 * at] as number,
    positions[2 * at + 1] as number,
  ];
  const isStill = (match: Match) => {
    const [x = 0, y = 0] = placeIn(one, match.one);
    const [toX = 0, toY = 0] = placeIn(other, match.other);
    return Math.hypot(toX - x, toY - y) <= markPixels;
  };
  const extent = (axis: 0 | 1) => {
    const values = matches.map((match) => placeIn(one, match.one)[axis] as number);
    return Math.max(...values) - Math.min(...values);
  };
  return matches.every(isStill) && extent(0) * extent(1) <= markArea;
}

/** Packs each descriptor into words, zero-padded. */
function wordsOf(points: Keypoints): Uint32Array {
  const bytes = new Uint8Array(countOf(points) * words * 4);
  for (let at = 0; at < countOf(points); at++)
    bytes.set(points.descriptors.subarray(at * descriptorBytes, (at + 1) * descriptorBytes), at * words * 4);
  return new Uint32Array(bytes.buffer);
}

/**
 * Returns the nearest and second nearest descriptors in both directions by Hamming distance, in bits. Ties go
 * to the first.
 */
function nearestOf(here: Uint32Array, there: Uint32Array) {
  const [rows, columns] = [here.length / words, there.length / words];
  const nearest = new Int32Array(rows).fill(-1);
  const distance = new Uint16Array(rows).fill(farthest);
  const second = new Uint16Array(rows).fill(farthest);
  const back = new Int32Array(columns).fill(-1);
  const backDistance = new Uint16Array(columns).fill(farthest);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const bits = differingBits(here, row * words, there, column * words);
      if (bits < (distance[row] as number)) {
        second[row] = distance[row] as number;
        distance[row] = bits;
        nearest[row] = column;
      } else if (bits < (second[row] as number)) second[row] = bits;
      if (bits < (backDistance[column] as number)) {
        backDistance[column] = bits;
        back[column] = row;
      }
    }
  }
  return { nearest, distance, second, back };
}

const farthest = 0xffff;

function differingBits(here: Uint32Array, at: number, there: Uint32Array, other: number): number {
  let count = 0;
  for (let word = 0; word < words; word++) {
    let bits = ((here[at + word] as number) ^ (there[other + word] as number)) >>> 0;
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
