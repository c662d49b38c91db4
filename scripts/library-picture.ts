import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';

/**
 * Draws a library as one picture, a row per group: `tsx scripts/library-picture.ts demo/library
 * docs/demo.jpg`.
 */

const [library, output] = process.argv.slice(2);
if (library === undefined || output === undefined)
  throw new Error('usage: library-picture.ts LIBRARY OUTPUT');

const tile = { width: 168, height: 112 };
const gap = 6;
const labelWidth = 130;
const columns = 7;
const rowsMax = 6;

const groups = readdirSync(library)
  .filter((name) => !name.startsWith('.'))
  .sort()
  .slice(0, rowsMax);

const pieces = await Promise.all(groups.flatMap((group, row) => [label(group, row), ...tiles(group, row)]));
await sharp({
  create: {
    width: labelWidth + columns * (tile.width + gap) + gap,
    height: groups.length * (tile.height + gap) + gap,
    channels: 3,
    background: '#16181d',
  },
})
  .composite(pieces)
  .jpeg({ quality: 82, mozjpeg: true })
  .toFile(output);

async function label(group: string, row: number): Promise<OverlayOptions> {
  const text = `<svg width="${labelWidth}" height="${tile.height}"><text x="14" y="${tile.height / 2 + 5}"
    font-family="monospace" font-size="15" fill="#c8d0dc">${group}</text></svg>`;
  return { input: Buffer.from(text), left: 0, top: gap + row * (tile.height + gap) };
}

function tiles(group: string, row: number): Promise<OverlayOptions>[] {
  const names = readdirSync(join(library as string, group)).sort();
  const shown = Array.from(
    { length: Math.min(columns, names.length) },
    (_, i) => names[Math.floor((i * names.length) / columns)],
  );
  return [...new Set(shown)].map(async (name, column) => ({
    input: await sharp(join(library as string, group, name as string))
      .resize(tile)
      .toBuffer(),
    left: labelWidth + column * (tile.width + gap),
    top: gap + row * (tile.height + gap),
  }));
}
