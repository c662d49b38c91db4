import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { inputSchema, outputSchema, sha256Schema } from './descriptor.ts';

/** Downloadable models; the package does not contain them. */

const sourceSchema = z.strictObject({
  /** Tried in order, pinned to a revision if the server has revisions. */
  urls: z.array(z.url()).nonempty(),
  bytes: z.int().positive(),
  sha256: sha256Schema,
});

const entrySchema = z.strictObject({
  name: z.string().regex(/^[\w-]+$/),
  version: z.string(),
  about: z.string(),
  license: z.string(),
  source: sourceSchema,
  input: inputSchema,
  output: outputSchema,
  /** The output is an inner tensor of the graph; the installation exposes it. */
  expose: z.literal(true).optional(),
  batchMax: z.int().positive().optional(),
  remark: z.string().optional(),
});

export type Downloadable = z.infer<typeof entrySchema>;
export type Source = Downloadable['source'];

const file = new URL('../../../models/manifest.json', import.meta.url);

export function allDownloadable(): readonly Downloadable[] {
  return z.strictObject({ models: z.array(entrySchema) }).parse(JSON.parse(readFileSync(file, 'utf8')))
    .models;
}

export function downloadable(name: string): Downloadable | undefined {
  return allDownloadable().find((one) => one.name === name);
}
