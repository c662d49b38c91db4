import type { PixelSpec, Pixels } from '../domain/pixels.ts';
import { mapInOrder } from '../lib/async/batches.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Decoder } from '../vision/decode/decoder.ts';
import { encodeSheet } from './encode-sheet.ts';
import type { Frames } from './page-data.ts';

export interface SheetParts {
  readonly decoder: Decoder;
  readonly files: FileSystem;
  readonly concurrency: number;
  /** Called after each picture. */
  readonly onPicture: () => void;
}

/** Thumbnails on sheets, for a page. */
export interface Sheets {
  readonly images: readonly Buffer[];
  readonly layout: Omit<Frames, 'names'>;
}

const columns = 8;
const perSheet = columns * columns;

/** Returns the side of a thumbnail, pixels: smaller for more frames. */
export function tileFor(frames: number): number {
  if (frames <= 1_000) return 128;
  return frames <= 4_000 ? 96 : 64;
}

/** Draws a square thumbnail for each frame from the first readable path. */
export async function drawSheets(
  frames: readonly (readonly string[])[],
  parts: SheetParts,
  tile = tileFor(frames.length),
): Promise<Sheets> {
  const images: Buffer[] = [];
  const missing: number[] = [];
  let sheet = blank(tile);
  let drawn = 0;
  for await (const pixels of mapInOrder(each(frames), thumbnail(parts, tile), parts.concurrency)) {
    parts.onPicture();
    if (pixels === undefined) missing.push(drawn);
    else draw(sheet, pixels, drawn % perSheet);
    if (++drawn % perSheet > 0 && drawn < frames.length) continue;
    images.push(await encodeSheet(sheet));
    sheet = blank(tile);
  }
  return { images, layout: { tile, columns, perSheet, missing } };
}

function thumbnail({ decoder, files }: SheetParts, tile: number) {
  const spec: PixelSpec = { width: tile, height: tile, resize: { mode: 'crop', kernel: 'cubic' } };
  return async (paths: readonly string[]): Promise<Pixels | undefined> => {
    for (const path of paths) {
      try {
        const { bytes } = await files.read(path);
        return (await decoder.decode(bytes, spec)).pixels;
      } catch {
        // The page shows a placeholder; other commands report the fault.
      }
    }
    return undefined;
  };
}

function blank(tile: number): Pixels {
  const side = columns * tile;
  return { data: new Uint8Array(3 * side * side).fill(128), width: side, height: side };
}

function draw(sheet: Pixels, { data, width, height }: Pixels, place: number): void {
  const left = (place % columns) * width;
  const top = Math.floor(place / columns) * height;
  for (let row = 0; row < height; row++) {
    const line = data.subarray(3 * row * width, 3 * (row + 1) * width);
    sheet.data.set(line, 3 * ((top + row) * sheet.width + left));
  }
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
