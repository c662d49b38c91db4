import { readFileSync, writeFileSync } from 'node:fs';
import wabtOf from 'wabt';

/** `npm run make-kernel`: assembles src/domain/similarity/cells.wat into the module of cells.ts. */

const here = (path: string) => new URL(`../src/domain/similarity/${path}`, import.meta.url);

/** Assembles a module in WebAssembly text format. */
export async function assembled(text: string): Promise<Uint8Array> {
  const wabt = await wabtOf();
  const module = wabt.parseWat('cells.wat', text, { simd: true });
  module.resolveNames();
  module.validate();
  return module.toBinary({}).buffer;
}

export const source = here('cells.wat');

if (process.argv[1] === import.meta.filename) {
  const bytes = Buffer.from(await assembled(readFileSync(source, 'utf8')));
  const lines = [
    '/** Made by `npm run make-kernel` from cells.wat: its bytes, in base64. */',
    'export const agreementModule =',
    `  '${bytes.toString('base64')}';`,
    '',
  ];
  writeFileSync(here('cells-wasm.ts'), lines.join('\n'));
}
