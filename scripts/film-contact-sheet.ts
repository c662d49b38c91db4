import sharp from 'sharp';
import { type FilmFrame, planFilm } from '../film/film.ts';
import { renderFrame } from '../film/renderer.ts';

/**
 * Renders frames of the demo film into one contact sheet: film-contact-sheet <output> [every nth frame]
 * [seed].
 */
const [output, everyText = '5', seedText = '1'] = process.argv.slice(2);
const columns = 8;
const gapPx = 6;
const thumb = { width: 240, height: 160 };

async function thumbnail(frame: FilmFrame): Promise<Buffer> {
  const size = { width: thumb.width * 2, height: thumb.height * 2 };
  const raw = { ...size, channels: 3 as const };
  return sharp(renderFrame(frame, size), { raw }).resize(thumb.width).png().toBuffer();
}

async function contactSheet(path: string): Promise<void> {
  const chosen = planFilm({ seed: Number(seedText) }).frames.filter(
    ({ index }) => index % Number(everyText) === 0,
  );
  const thumbs = await Promise.all(chosen.map(thumbnail));
  const rows = Math.ceil(thumbs.length / columns);
  const [stepX, stepY] = [thumb.width + gapPx, thumb.height + gapPx];
  const sheet = {
    width: columns * stepX + gapPx,
    height: rows * stepY + gapPx,
    channels: 3 as const,
    background: '#15171a',
  };
  const layers = thumbs.map((input, at) => ({
    input,
    left: gapPx + (at % columns) * stepX,
    top: gapPx + Math.floor(at / columns) * stepY,
  }));
  await sharp({ create: sheet }).composite(layers).toFile(path);
}

if (output === undefined) throw new Error('name the file to write, such as film.jpg');
await contactSheet(output);
