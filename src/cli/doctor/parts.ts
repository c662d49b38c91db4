import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/options.ts';
import { cosine } from '../../domain/embedding.ts';
import type { FrameId } from '../../domain/frame.ts';
import { FatalError, messageOf } from '../../lib/errors.ts';
import { closeState, openState } from '../../storage/open.ts';
import { findModel } from '../../vision/models/registry.ts';
import { openExtractor } from '../../vision/open.ts';
import { type Finding, fail, ok } from './check.ts';

/** A white picture of 8 × 8 pixels. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQImWP4jwMwDC0JALoev0GybL49AAAAAElFTkSuQmCC',
  'base64',
);

/** Checks the native packages and the model: decodes, embeds, stores and finds a picture. */
export async function checkParts(config: Config): Promise<Finding[]> {
  try {
    const { space } = findModel(config.embed.model);
    const embedded = await embed(config);
    return [
      ok('model', `${space.id}, ${space.dimensions} dimensions, its file is as it was shipped`),
      ok('decoder and embedder', `a picture became ${embedded.length} numbers`),
      await checkMemory(config, embedded),
    ];
  } catch (error) {
    const todo =
      (error instanceof FatalError ? error.hint : undefined) ?? 'Install framesort again (npm ci).';
    return [fail('decoder, embedder and model', messageOf(error), todo)];
  }
}

async function embed(config: Config) {
  const extractor = await openExtractor({ ...config, embed: { ...config.embed, workers: 1 } });
  try {
    return await extractor.embed(picture);
  } finally {
    await extractor.close();
  }
}

async function checkMemory(config: Config, embedded: Awaited<ReturnType<typeof embed>>): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'framesort-doctor-'));
  try {
    const libraryState = await openState(folder, findModel(config.embed.model));
    await libraryState.index.add([{ frame: 1 as FrameId, embedding: embedded }]);
    const [near] = await libraryState.index.search(embedded, 1);
    await closeState(libraryState);
    if (near !== undefined && Math.abs(near.similarity - cosine(embedded, embedded)) < 0.01)
      return ok('store and index', 'a vector was kept and found');
    return fail('store and index', 'a vector was not found again', 'Install framesort again (npm ci).');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
