import { fileURLToPath } from 'node:url';
import sharp, { type OverlayOptions } from 'sharp';
import { type FilmFrame, planFilm } from '../../film/film.ts';
import { renderFrame } from '../../film/renderer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Embedding, similarity } from '../../src/domain/embedding.ts';
import { openExtractor } from '../../src/vision/open.ts';

/** `tsx scripts/models/failures.ts`: draws failures of the built-in model, for its card. */

const target = fileURLToPath(new URL('../../models/builtin/failures.jpg', import.meta.url));
const size = { width: 480, height: 320 };
const tile = { width: 300, height: 200 };
const pairsShown = 3;
const gap = 10;
const titleHeight = 34;

interface Drawn {
  readonly frame: FilmFrame;
  readonly jpeg: Buffer;
  readonly embedding: Embedding;
}

interface Pair {
  readonly a: Drawn;
  readonly b: Drawn;
  readonly alike: number;
}

const drawn = await draw(planFilm({ frames: 240, seed: 5 }).frames);
const pairs = drawn.flatMap((a, i) =>
  drawn.slice(i + 1).map((b): Pair => ({ a, b, alike: similarity(a.embedding, b.embedding) })),
);
const isSame = ({ a, b }: Pair) => a.frame.place === b.frame.place;
const apart = pairs.filter(isSame).sort((x, y) => x.alike - y.alike);
const together = pairs.filter((pair) => !isSame(pair)).sort((x, y) => y.alike - x.alike);
await write([
  ['one place, and yet unlike', oncePerPlace(apart)],
  ['two places, and yet alike', oncePerPlace(together)],
]);

async function draw(frames: readonly FilmFrame[]): Promise<Drawn[]> {
  const { config } = loadConfig({ flags: {}, environment: process.env });
  const extractor = await openExtractor(config);
  const all: Drawn[] = [];
  for (const frame of frames) {
    const raw = { ...size, channels: 3 } as const;
    const jpeg = await sharp(renderFrame(frame, size), { raw }).jpeg({ quality: 90 }).toBuffer();
    all.push({ frame, jpeg, embedding: await extractor.embed(jpeg) });
  }
  await extractor.close();
  return all;
}

/** Takes the first pairs, each place once. */
function oncePerPlace(sorted: readonly Pair[]): Pair[] {
  const seen = new Set<string>();
  const chosen: Pair[] = [];
  for (const pair of sorted) {
    const places = [pair.a.frame.place, pair.b.frame.place];
    if (places.some((place) => seen.has(place))) continue;
    for (const place of places) seen.add(place);
    chosen.push(pair);
    if (chosen.length === pairsShown) break;
  }
  return chosen;
}

async function write(rows: readonly (readonly [string, readonly Pair[]])[]): Promise<void> {
  const rowHeight = titleHeight + tile.height + gap;
  const pairWidth = 2 * tile.width + 2 + gap;
  const pieces: OverlayOptions[] = [];
  for (const [row, [title, shown]] of rows.entries())
    for (const [column, { a, b, alike }] of shown.entries()) {
      const [left, top] = [gap + column * pairWidth, row * rowHeight];
      const label = `${column === 0 ? `${title}: ` : ''}${alike.toFixed(2)}`;
      pieces.push({ input: Buffer.from(svg(label, pairWidth - gap)), left, top });
      for (const [i, { jpeg }] of [a, b].entries()) {
        const input = await sharp(jpeg).resize(tile.width, tile.height).toBuffer();
        pieces.push({ input, left: left + i * (tile.width + 2), top: top + titleHeight });
      }
    }
  const width = gap + pairsShown * pairWidth;
  const sheet = { width, height: rows.length * rowHeight, channels: 3, background: '#14171c' } as const;
  await sharp({ create: sheet }).composite(pieces).jpeg({ quality: 78, mozjpeg: true }).toFile(target);
}

function svg(text: string, width: number): string {
  return `<svg width="${width}" height="${titleHeight}"><text x="2" y="23" font-family="sans-serif" font-size="17"
    fill="#c8d0dc">${text}</text></svg>`;
}
