import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCli } from './cli.ts';
import { groupsIn, placesBelow, testFolder } from './folders.ts';
import { drawPictures } from './pictures.ts';

export const pictures = await drawPictures(16);

export interface Scene {
  readonly inbox: string;
  readonly library: string;
  readonly places: readonly string[];
}

/** A library with the drawn pictures, filed. */
export async function library(context: TestContext, mode = 'move'): Promise<Scene> {
  const { inbox, library, state } = placesBelow(testFolder(context));
  mkdirSync(inbox);
  for (const { name, bytes } of pictures) writeFileSync(join(inbox, name), bytes);
  const places = ['--library', library, '--state', state];
  const { code, stderr } = await runCli(['sort', inbox, library, '--state', state, '--mode', mode]);
  assert.equal(code, 0, stderr);
  return { inbox, library, places };
}

/** The folders of groups, largest first. */
export function foldersOf({ library }: Scene): string[] {
  const bySize = Array.from(groupsIn(library)).sort(([, a], [, b]) => b.length - a.length);
  return bySize.map(([folder]) => folder);
}

/** Content by location, without framesort's own files. */
export function contents({ library }: Scene): Record<string, string> {
  const all = Array.from(groupsIn(library).values()).flat();
  return Object.fromEntries(all.map(({ path, sha }) => [path, sha]).sort());
}

export async function run(scene: Scene, ...args: string[]) {
  const { code, stdout, stderr } = await runCli([...args, ...scene.places, '--json']);
  return { code, stderr, said: JSON.parse(stdout.trim().split('\n').at(-1) || 'null') };
}

export async function assertAgrees(scene: Scene): Promise<void> {
  const { code, stdout } = await runCli(['verify', '--deep', ...scene.places]);
  assert.equal(code, 0, stdout);
}
