import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './temp.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

type Entry = Record<string, unknown>;

/** A copy of the installed program with altered models; returns its main file. */
export function packageWithModels(test: TestContext, change: (models: Entry[]) => Entry[]): string {
  const folder = tempFolder(test);
  for (const part of ['dist', 'models', 'package.json'])
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.includes('/recipe'),
    });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const manifest = join(folder, 'models', 'manifest.json');
  const { models } = JSON.parse(readFileSync(manifest, 'utf8'));
  writeFileSync(manifest, JSON.stringify({ models: change(models) }));
  return join(folder, 'dist', 'main.js');
}
