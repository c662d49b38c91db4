import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  commentsOf,
  countProse,
  filesOf,
  paragraphsOf,
  per100,
  relativeMax,
  vagueMax,
} from '../../scripts/prose.ts';

/** Comments and documents in plain words, by counts of pronouns. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const codeFolders = ['src', 'web', 'film', 'bench', 'scripts', 'test'];

for (const folder of codeFolders)
  test(`comments of ${folder} use few relative and vague pronouns`, () => {
    const counts = countProse(filesOf(`${root}${folder}`, '.ts').flatMap(commentsOf));
    assert.ok(counts.words > 100);
    assert.ok(per100(counts.relative, counts) <= relativeMax, `${per100(counts.relative, counts)} relative`);
    assert.ok(per100(counts.vague, counts) <= vagueMax, `${per100(counts.vague, counts)} vague`);
  });

test('documents use few relative and vague pronouns', () => {
  const files = ['README.md', 'CHANGELOG.md', 'docs', 'models'].flatMap((path) =>
    filesOf(`${root}${path}`, '.md'),
  );
  const counts = countProse(files.flatMap(paragraphsOf));
  assert.ok(per100(counts.relative, counts) <= relativeMax, `${per100(counts.relative, counts)} relative`);
  assert.ok(per100(counts.vague, counts) <= vagueMax, `${per100(counts.vague, counts)} vague`);
});

test('no line of a comment is longer than 110 columns', () => {
  const long = codeFolders.flatMap((folder) =>
    filesOf(`${root}${folder}`, '.ts').flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, at) =>
          /^\s*(\/\/|\/?\*)/.test(line) && line.length > 110 ? [`${path}:${at + 1}`] : [],
        ),
    ),
  );
  assert.deepEqual(long, []);
});
