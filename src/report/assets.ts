import { readFileSync } from 'node:fs';

// Sources show what was built: a browser reads no TypeScript.
const isSource = import.meta.url.endsWith('.ts');
const folder = new URL(isSource ? '../../dist/report/page/' : './page/', import.meta.url);

/** Script and style of a page. */
export function pageAssets(page: 'library' | 'comparison'): {
  readonly script: string;
  readonly style: string;
} {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8').trim();
  return { script: read(`${page}.js`), style: read('page.css') };
}
