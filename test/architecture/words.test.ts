import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The glossary as data: `old-words.json` maps each replaced name to its new name. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const oldWords: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('old-words.json', import.meta.url), 'utf8'),
);

const files = ['src'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path)),
);

/** Yields each identifier of a file with its line. */
function* identifiersOf(
  path: string,
  text: string,
): Generator<{ readonly name: string; readonly line: number }> {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const pending: ts.Node[] = [tree];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node))
      yield {
        name: node.text.replace(/^#/, ''),
        line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1,
      };
    node.forEachChild((child) => void pending.push(child));
  }
}

test('no identifier has a name that the glossary replaced', () => {
  const found = files.flatMap((path) =>
    Array.from(identifiersOf(path, readFileSync(join(root, path), 'utf8')))
      .filter(({ name }) => Object.hasOwn(oldWords, name))
      .map(({ name, line }) => `${path}:${line}: ${name}, now ${oldWords[name]}`),
  );
  assert.deepEqual(found, []);
});
