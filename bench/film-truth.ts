import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { planFilm } from '../film/film.ts';
import { renderFrame } from '../film/renderer.ts';
import type { TruePicture } from '../src/evaluation/ground-truth.ts';

const size = { width: 480, height: 320 };

/** Draws a film into `folder`: ground truth for machines without other pictures. */
export async function filmTruth(folder: string): Promise<TruePicture[]> {
  mkdirSync(folder, { recursive: true });
  const pictures: TruePicture[] = [];
  for (const frame of planFilm({ frames: 240, seed: 11 }).frames) {
    const path = join(folder, `frame_${String(frame.index).padStart(4, '0')}.jpg`);
    await sharp(renderFrame(frame, size), { raw: { ...size, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(path);
    pictures.push({ path, group: frame.place, sequence: frame.index });
  }
  return pictures;
}
