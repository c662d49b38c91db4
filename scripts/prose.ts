import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Counts of a text: words, and pronouns that make sentences hard to read. */
export interface ProseCounts {
  readonly words: number;
  readonly relative: number;
  readonly vague: number;
}

const relative = /\b(that|which|who|whom|whose|what|whatever|whoever|where|wherever)\b/gi;
const vague = /\b(one|ones|it|its|itself|them|they|those|these|such|others?|this|so)\b/gi;
const word = /[A-Za-z][A-Za-z'-]*/g;

/** Most pronouns for each 100 words of comments or documents. */
export const relativeMax = 1.6;
export const vagueMax = 4.2;

/** Files below a folder, or the file itself. */
export function filesOf(path: string, extension: string): string[] {
  if (!statSync(path).isDirectory()) return path.endsWith(extension) ? [path] : [];
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((name) => filesOf(join(path, name), extension));
}

/** Comments of a TypeScript file, without their marks. */
export function commentsOf(path: string): string[] {
  const found = readFileSync(path, 'utf8').matchAll(/\/\*\*?([\s\S]*?)\*\/|(?:^|[^:'"`])\/\/ ?(.*)$/gm);
  return Array.from(found, ([, block, line]) => (block ?? line ?? '').replace(/^\s*\* ?/gm, ''));
}

/** Paragraphs of a Markdown file, without blocks of code. */
export function paragraphsOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .replace(/```[\s\S]*?```/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** Counts words and pronouns. A name in backticks is one word. */
export function countProse(texts: readonly string[]): ProseCounts {
  const plain = texts.map((text) => text.replace(/`[^`]*`/g, 'code')).join('\n');
  const count = (pattern: RegExp) => plain.match(pattern)?.length ?? 0;
  return { words: count(word), relative: count(relative), vague: count(vague) };
}

/** A count for each 100 words. */
export function per100(count: number, { words }: ProseCounts): number {
  return (100 * count) / Math.max(1, words);
}
