import type { Random } from '../../src/lib/random.ts';
import { drawPictures, truncated } from '../support/pictures.ts';

/** Files for an inbox: pictures, and look-alikes. */
export interface Pool {
  readonly pictures: readonly Buffer[];
  readonly broken: readonly Buffer[];
  /** A file put by people beside their pictures. */
  readonly notes: Buffer;
  /** All decodable contents, without the bytes by which equal pictures differ. */
  readonly cores: readonly Buffer[];
}

const trailerBytes = 8;

export async function drawPool(count: number): Promise<Pool> {
  const pictures = (await drawPictures(count, 11)).map(({ bytes }) => bytes);
  const broken = [...pictures.slice(0, 3).map(truncated), Buffer.from('no picture\n')];
  const notes = Buffer.from('notes\n');
  const unfinished = pictures.map(firstHalf);
  return { pictures, broken, notes, cores: [...pictures, ...broken, notes, ...unfinished, Buffer.alloc(0)] };
}

/** The first bytes of a slow writer. */
export function firstHalf(bytes: Buffer): Buffer {
  return coreOf(bytes).subarray(0, Math.floor(coreOf(bytes).length / 2));
}

/** The same picture in different bytes: decoders ignore bytes behind the end. */
export function withTrailer(core: Buffer, serial: number): Buffer {
  return Buffer.concat([core, Buffer.from(`#${String(serial).padStart(trailerBytes - 1, '0')}`)]);
}

export function coreOf(bytes: Buffer): Buffer {
  const trailer = bytes.subarray(-trailerBytes).toString('latin1');
  return /^#\d{7}$/.test(trailer) ? bytes.subarray(0, -trailerBytes) : bytes;
}

const cameras = ['IMG_', 'DSC', 'frame ', '-take', 'Zoë '];

/** Few names, to cause reuse. */
export function cameraName(random: Random): string {
  return `${random.pick(cameras)}${String(1 + random.below(12)).padStart(3, '0')}.jpg`;
}
