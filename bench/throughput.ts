import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { loadConfig } from '../src/config/load.ts';
import { openDaemon } from '../src/daemon.ts';
import { planFilm } from '../src/demo/film.ts';
import { renderFrame } from '../src/demo/renderer.ts';
import { mapInOrder } from '../src/lib/async-iteration.ts';
import { realFiles } from '../src/lib/files.ts';
import { openLog } from '../src/lib/logger.ts';
import { type Eyes, openEyes } from '../src/workshop.ts';
import { printTable } from './table.ts';

/**
 * Frames per second from the inbox to the library, beside the bare loop of read, decode and embed over the same files
 * with the same parts: before and after, so that a machine that slows down does not decide.
 */
export async function throughput({ pictures }: { readonly pictures?: string }) {
  const count = Number(pictures);
  const folder = mkdtempSync(join(tmpdir(), 'framesort-bench-'));
  try {
    const inbox = join(folder, 'inbox');
    const library = join(folder, 'library');
    await makePictures(inbox, count);
    const before = await bareLoop(filesBelow(inbox).slice(0, count / 2));
    const sorted = await sortAll(inbox, library, join(folder, 'state'), count);
    const after = await bareLoop(filesBelow(library).slice(0, count / 2));
    const bare = (before + after) / 2;
    const figures = {
      pictures: count,
      bareBefore: before,
      bareAfter: after,
      endToEnd: sorted,
      ratio: sorted / bare,
    };
    printTable(
      ['', 'frames/s'],
      [
        ['read + decode + embed, before', before.toFixed(1)],
        ['read + decode + embed, after', after.toFixed(1)],
        ['end to end', sorted.toFixed(1)],
        ['ratio', figures.ratio.toFixed(3)],
      ],
    );
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const size = { width: 1920, height: 1080 };
const drawnFrames = 24;

/** Draws a few frames and gives each copy a comment of its own, so that no two files are the same. */
async function makePictures(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const film = planFilm({ frames: 240, seed: 3 });
  const drawn: Buffer[] = [];
  for (let i = 0; i < drawnFrames; i++) {
    const frame = film.frames[Math.floor((i * film.frames.length) / drawnFrames)];
    if (frame === undefined) break;
    const raw = { ...size, channels: 3 } as const;
    drawn.push(await sharp(renderFrame(frame, size), { raw }).jpeg({ quality: 90 }).toBuffer());
  }
  for (let i = 0; i < count; i++) {
    const jpeg = drawn[i % drawn.length] as Buffer;
    writeFileSync(join(folder, `frame_${String(i).padStart(5, '0')}.jpg`), withComment(jpeg, `copy ${i}`));
  }
}

/** Inserts a JPEG comment segment behind the start marker. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(text, 'latin1'), jpeg.subarray(2)]);
}

async function bareLoop(files: readonly string[]): Promise<number> {
  const { config } = loadConfig({ flags: {}, environment: process.env });
  const eyes = await openEyes(config);
  try {
    const startedMs = performance.now();
    let done = 0;
    for await (const _ of mapInOrder(each(files), (path) => look(path, eyes), eyes.concurrency)) done++;
    return (1000 * done) / (performance.now() - startedMs);
  } finally {
    await eyes.close();
  }
}

async function look(path: string, { decoder, embedder, model }: Eyes) {
  const { bytes } = await realFiles.read(path);
  const { pixels } = await decoder.decode(bytes, model.descriptor.input);
  return embedder.embed(pixels);
}

async function sortAll(inbox: string, library: string, state: string, count: number): Promise<number> {
  const flags = { inbox: [inbox], library, state, 'intake.settleMs': 1, 'log.level': 'warn' };
  const { config } = loadConfig({ flags, environment: process.env });
  const daemon = await openDaemon({ config, library, state, log: openLog(config.log) });
  try {
    const startedMs = performance.now();
    await daemon.sortOnce(new AbortController().signal);
    const seconds = (performance.now() - startedMs) / 1000;
    const { frames } = daemon.tally.totals;
    if (frames !== count) throw new Error(`filed ${frames} of ${count} pictures`);
    return frames / seconds;
  } finally {
    await daemon.close();
  }
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.jpg'));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
