import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { filesOf } from '../../scripts/prose.ts';

/** Documents are true about the repository. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['README.md', 'CHANGELOG.md', 'docs', 'models'].flatMap((path) =>
  filesOf(join(root, path), '.md'),
);
/** Files in the repository start with these folders. */
const folders = ['src', 'test', 'bench', 'scripts', 'web', 'film', 'docs', 'models', 'config', 'systemd'];
/** Outputs of commands. */
const made = /^(bench\/results\/|models\/manifest)/;

function pathsIn(text: string): string[] {
  const quoted = Array.from(text.matchAll(/`([^`\s]+)`/g), ([, path]) => path as string);
  return quoted.filter(
    (path) =>
      folders.some((folder) => path.startsWith(`${folder}/`)) && !/[*{}<>…]/.test(path) && !made.test(path),
  );
}

function linksIn(text: string): string[] {
  return Array.from(text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g), ([, link]) => link as string).filter(
    (link) => !/^https?:/.test(link),
  );
}

for (const path of documents)
  test(`paths and links in ${path.slice(root.length)} exist`, () => {
    const text = readFileSync(path, 'utf8');
    const missing = [
      ...pathsIn(text).filter((one) => !existsSync(join(root, one))),
      ...linksIn(text).filter((link) => !existsSync(join(dirname(path), link))),
    ];
    assert.deepEqual(missing, []);
  });

test('the commands of the README are scripts of the package', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const named = Array.from(readme.matchAll(/npm run ([a-z:]+)/g), ([, name]) => name as string);
  assert.ok(named.includes('demo'));
  for (const name of [...named, 'test', 'start']) assert.ok(name in scripts, name);
});
