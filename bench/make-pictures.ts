import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { planFilm } from '../film/film.ts';
import { renderFrame } from '../film/renderer.ts';

/** Program: fills a folder with `count` different JPEGs of 1920 × 1080, numbered from `first`. */

const size = { width: 1920, height: 1080 };
const drawnFrames = 24;

/** Draws a few frames. Adds a different comment to each copy: no two files are equal. */
async function makePictures(folder: string, count: number, first: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const film = planFilm({ frames: 240, seed: 3 });
  const drawn: Buffer[] = [];
  for (let i = 0; i < drawnFrames; i++) {
    const frame = film.frames[Math.floor((i * film.frames.length) / drawnFrames)];
    if (frame === undefined) break;
    const raw = { ...size, channels: 3 } as const;
    drawn.push(await sharp(renderFrame(frame, size), { raw }).jpeg({ quality: 90 }).toBuffer());
  }
  for (let i = first; i < first + count; i++) {
    const jpeg = drawn[i % drawn.length] as Buffer;
    writeFileSync(join(folder, `frame_${String(i).padStart(5, '0')}.jpg`), withComment(jpeg, `copy ${i}`));
  }
}

/** Inserts a JPEG comment segment behind the start marker. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(text, 'latin1'), jpeg.subarray(2)]);
}

const [folder = '', count = '', first = ''] = process.argv.slice(2);
await makePictures(folder, Number(count), Number(first));
