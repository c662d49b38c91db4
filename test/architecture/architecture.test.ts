import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Sizes of the parts, beyond the rules of dependency-cruiser. */

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(source, path), 'utf8') }));

interface Measured {
  readonly where: string;
  readonly lines: number;
}

/** Every function, method and arrow with a body of its own, by the lines from its name to its end. */
function functionsOf({ path, text }: { path: string; text: string }): Measured[] {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (at: number) => tree.getLineAndCharacterOfPosition(at).line;
  const found: Measured[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isFunctionLike(node) &&
      'body' in node &&
      node.body !== undefined &&
      ts.isBlock(node.body as ts.Node)
    ) {
      const first = lineOf(node.getStart(tree));
      found.push({ where: `${path}:${first + 1}`, lines: lineOf(node.end) - first + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

const functions = files.flatMap(functionsOf).sort((a, b) => a.lines - b.lines);

test('half of all functions have ten lines or fewer', (context) => {
  const median = functions[Math.floor(functions.length / 2)]?.lines ?? 0;
  context.diagnostic(`${functions.length} functions, median ${median} lines`);
  assert.ok(functions.length > 300);
  assert.ok(median <= 10, `the median function has ${median} lines`);
});

test('no function is longer than a screen, but for those that paint a place of the film', () => {
  const painters = /^film\/places\//;
  const long = functions
    .filter(({ where, lines }) => lines > 50 && !painters.test(where))
    .map(({ where, lines }) => `${where}: ${lines}`);
  assert.deepEqual(long, []);
});

test('no file is longer than 400 lines', () => {
  const long = files.filter(({ text }) => text.split('\n').length > 401).map(({ path }) => path);
  assert.deepEqual(long, []);
});
