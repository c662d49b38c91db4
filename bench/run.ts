import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ablation } from './ablation.ts';
import { accuracy } from './accuracy.ts';
import { grouping } from './grouping.ts';
import { scale } from './scale.ts';
import { throughput } from './throughput.ts';

/**
 * `npm run bench [throughput] [accuracy] [grouping] [ablation] [scale]`: prints tables, and writes the figures to
 * bench/results as JSON.
 */

const benches = { throughput, accuracy, grouping, ablation, scale } as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** For throughput: 1080p pictures to file. */
    pictures: { type: 'string', default: '2000' },
    /** For scale, and up to 100,000 for ablation: frames in each of the states. */
    sizes: { type: 'string', default: '10000,100000,1000000' },
    /** For accuracy and grouping: more model descriptors to compare. */
    model: { type: 'string', multiple: true, default: [] },
    /** For accuracy and grouping: a folder of groups, instead of the shared scenes or the film. */
    truth: { type: 'string' },
    /** For grouping and ablation: the one embedder whose name has this in it. */
    only: { type: 'string' },
  },
});

/** Half an hour of work is not done by the way. */
const usual = Object.keys(benches).filter((name) => name !== 'scale' && name !== 'ablation');

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
