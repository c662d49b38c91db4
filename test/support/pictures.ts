import sharp from 'sharp';
import { type FilmFrame, planFilm } from '../../film/film.ts';
import { renderFrame } from '../../film/renderer.ts';

/** A drawn picture of one of the film's places. */
export interface Picture {
  readonly name: string;
  readonly place: string;
  readonly bytes: Buffer;
}

export type Format = 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff' | 'gif';

const size = { width: 160, height: 120 };

/** The first `count` frames of a film, all different. Equal seeds give equal bytes. */
export async function drawPictures(count: number, seed = 1): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const frame of planFilm({ frames: count, seed }).frames) {
    const name = `frame-${String(frame.index + 1).padStart(4, '0')}.jpg`;
    pictures.push({ name, place: frame.place, bytes: await encoded(frame, 'jpeg') });
  }
  return pictures;
}

/** One picture in each format, named after it. */
export async function drawFormats(formats: readonly Format[], seed = 1): Promise<Picture[]> {
  const { frames } = planFilm({ frames: formats.length, seed });
  const drawing = frames.map(async (frame, at) => {
    const format = formats[at] as Format;
    return { name: `picture.${format}`, place: frame.place, bytes: await encoded(frame, format) };
  });
  return Promise.all(drawing);
}

async function encoded(frame: FilmFrame, format: Format): Promise<Buffer> {
  return sharp(renderFrame(frame, size), { raw: { ...size, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

/** A picture without its end. */
export function truncated(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length * 0.6));
}
