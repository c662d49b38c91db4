import { readFileSync } from 'node:fs';
import { builtUrl } from '../lib/process/program.ts';

// Folder of the built pages, also when run from source: a browser reads no TypeScript.
const folder = new URL('../web/', builtUrl(import.meta.url));

/** Returns the script and style of a page. */
export function pageAssets(page: 'library' | 'comparison'): {
  readonly script: string;
  readonly style: string;
} {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8').trim();
  return { script: read(`report/${page}.js`), style: read('components/page.css') };
}
