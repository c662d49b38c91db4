import { readFileSync } from 'node:fs';
import { builtUrl } from '../lib/process/program.ts';

// A browser reads no TypeScript: from source, too, the pages that were built are shown.
const folder = new URL('../web/', builtUrl(import.meta.url));

/** Script and style of a page. */
export function pageAssets(page: 'library' | 'comparison'): {
  readonly script: string;
  readonly style: string;
} {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8').trim();
  return { script: read(`report/${page}.js`), style: read('components/page.css') };
}
