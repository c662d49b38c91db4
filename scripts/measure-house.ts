import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commentsOf, countProse, filesOf, paragraphsOf, per100, relativeMax, vagueMax } from './prose.ts';

/** `tsx scripts/measure-house.ts`: prints the sizes and the language of the code, with the goals. */

const root = fileURLToPath(new URL('../', import.meta.url));
const inRoot = (path: string) => join(root, path);
const sources = filesOf(inRoot('src'), '.ts');

function lines(path: string): number {
  return readFileSync(path, 'utf8').trimEnd().split('\n').length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function print(what: string, value: string | number, goal: string | number): void {
  process.stdout.write(`${what.padEnd(56)}${String(value).padEnd(28)}${goal}\n`);
}

function printSizes(): void {
  const loose = readdirSync(inRoot('src')).filter((name) => name.endsWith('.ts'));
  const rooms = readdirSync(inRoot('src')).filter((name) => !name.endsWith('.ts'));
  const filesIn = new Map<string, number>();
  for (const path of sources) filesIn.set(dirname(path), (filesIn.get(dirname(path)) ?? 0) + 1);
  const counts = [...filesIn.values()];
  const longest = sources.map((path) => ({ path, count: lines(path) })).sort((a, b) => b.count - a.count)[0];
  print('loose files in src', loose.join(', '), 'main.ts');
  print('rooms in src', rooms.length, 14);
  print('files in a folder: most, median', `${Math.max(...counts)}, ${median(counts)}`, '24, 6');
  print('lines of app/daemon.ts', lines(inRoot('src/app/daemon.ts')), '200 at most');
  print('lines of app/pipeline.ts', lines(inRoot('src/app/pipeline.ts')), '140 at most');
  print(
    'lines of the longest file',
    `${longest?.count} (${relative(root, longest?.path ?? '')})`,
    '400 at most',
  );
}

function printWriters(): void {
  const writers = sources.filter((path) => /\.(putGroup|putFrame|forget)\(/.test(readFileSync(path, 'utf8')));
  const ofCache = writers.filter((path) =>
    /[mM]embership\.(putGroup|putFrame|forget)\(/.test(readFileSync(path, 'utf8')),
  );
  print(
    'files that write the membership cache',
    ofCache.map((path) => relative(inRoot('src'), path)).join(', '),
    'storage/library-state.ts',
  );
}

function printLanguage(what: string, texts: readonly string[]): void {
  const counts = countProse(texts);
  const figures = `${per100(counts.relative, counts).toFixed(1)}, ${per100(counts.vague, counts).toFixed(1)}`;
  print(
    `${what}: relative, vague pronouns per 100 words`.slice(0, 60),
    figures,
    `${relativeMax}, ${vagueMax}`,
  );
}

printSizes();
printWriters();
for (const folder of ['src', 'web', 'film', 'bench', 'scripts', 'test'])
  printLanguage(folder, filesOf(inRoot(folder), '.ts').flatMap(commentsOf));
const documents = ['README.md', 'CHANGELOG.md', 'docs', 'models'].flatMap((path) =>
  filesOf(inRoot(path), '.md'),
);
printLanguage('documents', documents.flatMap(paragraphsOf));
