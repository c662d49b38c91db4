import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ablation } from './ablation.ts';
import { accuracy } from './accuracy.ts';
import { consolidation } from './consolidation.ts';
import { grouping } from './grouping.ts';
import { libraryScan } from './library-scan.ts';
import { scale } from './scale.ts';
import { throughput } from './throughput.ts';

/**
 * `npm run bench [throughput] [accuracy] [grouping] [library-scan] [ablation] [scale] [consolidation]`:
 * prints tables, and writes results to bench/results as JSON.
 */

const benches = {
  throughput,
  accuracy,
  grouping,
  'library-scan': libraryScan,
  ablation,
  scale,
  consolidation,
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** For throughput: number of 1080p pictures. */
    pictures: { type: 'string', default: '2000' },
    /**
     * For scale and consolidation, and up to 100,000 for ablation: frames in each state. 0 skips the costs of
     * ablation.
     */
    sizes: { type: 'string', default: '10000,100000,1000000' },
    /** For accuracy and grouping: additional model descriptors. */
    model: { type: 'string', multiple: true, default: [] },
    /** For accuracy and grouping: a folder of groups, instead of the shared scenes or the film. */
    truth: { type: 'string' },
    /** For grouping and ablation: only the embedder with this text in its name. */
    only: { type: 'string' },
  },
});

/** Benches of half an hour run only on request. */
const long = ['scale', 'consolidation', 'ablation'];
const usual = Object.keys(benches).filter((name) => !long.includes(name));

const chosen = positionals.length > 0 ? positionals : usual;
for (const name of chosen) {
  if (!(name in benches))
    throw new Error(`there is no bench ${name}; there are ${Object.keys(benches).join(', ')}`);
  process.stdout.write(`\n# ${name}\n\n`);
  const figures = await benches[name as keyof typeof benches](values);
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(figures, null, 2)}\n`);
}
