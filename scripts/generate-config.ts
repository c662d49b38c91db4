import { writeFileSync } from 'node:fs';
import { configDocument, defaultYaml, jsonSchema } from '../src/config/generate.ts';

/** Writes the files generated from the option table. */
const root = new URL('../', import.meta.url);
writeFileSync(new URL('config/default.yaml', root), defaultYaml());
writeFileSync(new URL('config/schema.json', root), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
writeFileSync(new URL('docs/CONFIG.md', root), configDocument());
