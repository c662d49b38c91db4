import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { seededRandom } from '../../src/lib/random.ts';
import { runCli } from './cli.ts';
import type { Scene } from './filed-library.ts';
import { placesBelow, testFolder } from './folders.ts';
import { drawPictures } from './pictures.ts';

/** Pictures of several places in random order, with meaningless names and times. */
export const shuffledPictures = seededRandom(2).shuffled(await drawPictures(48, 2));

/** At this threshold some places get two groups in that order, and a consolidation merges them. */
export const founding = { FRAMESORT_GROUPING_JOIN_SIMILARITY: '0.9' };

/** Founds a group for nearly each picture, without consolidation. */
const hasty = { FRAMESORT_GROUPING_JOIN_SIMILARITY: '0.98', FRAMESORT_GROUPING_CONSOLIDATION: 'false' };

const copiedSeconds = 1.7e9;

export function shuffledInbox(context: TestContext, pictures = shuffledPictures): Scene {
  const { inbox, library, state } = placesBelow(testFolder(context));
  mkdirSync(inbox);
  for (const [at, { bytes }] of pictures.entries()) put(inbox, nameOf(at), bytes);
  return { inbox, library, places: ['--library', library, '--state', state] };
}

export function put(inbox: string, name: string, bytes: Buffer): void {
  writeFileSync(join(inbox, name), bytes);
  utimesSync(join(inbox, name), copiedSeconds, copiedSeconds);
}

function nameOf(at: number): string {
  return `${String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26))}.jpg`;
}

/** Sorts the inbox. Returns the summary. */
export async function sortInbox(scene: Scene, env: NodeJS.ProcessEnv = {}, ...more: string[]) {
  const state = scene.places[3] as string;
  const args = ['sort', scene.inbox, scene.library, '--state', state, '--json', ...more];
  const { code, stdout, stderr } = await runCli(args, { env });
  if (code !== 0) throw new Error(`sort ended with ${code}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

/** A library with many groups for each place, before any consolidation. */
export async function hastyLibrary(context: TestContext): Promise<Scene> {
  const scene = shuffledInbox(context, shuffledPictures.slice(0, 24));
  await sortInbox(scene, hasty);
  return scene;
}
