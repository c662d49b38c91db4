import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import heldOutSources from '../../models/builtin/recipe/held-out.json' with { type: 'json' };
import { seededRandom } from '../../src/lib/random.ts';

/** A training picture, whose group is known. */
export interface Picture {
  /** Below the folder of all: `<group>/<nn>.webp`. */
  readonly file: string;
  readonly group: string;
  readonly source: string;
}

/** Sources that nothing is fitted on but the calibration. */
const heldOut: ReadonlySet<string> = new Set(heldOutSources);

export function isHeldOut({ source }: { readonly source: string }): boolean {
  return heldOut.has(source);
}

/** The pictures in a folder's groups, in the order of the manifest; names of sources have no commas. */
export function listPictures(folder: string, groupsCsv: string): Picture[] {
  const groups: Record<string, string>[] = parse(readFileSync(groupsCsv), { columns: true });
  return groups.flatMap(({ group = '', source_repo: source = '' }) =>
    readdirSync(join(folder, group))
      .sort()
      .map((name) => ({ file: `${group}/${name}`, group, source: source.replaceAll(',', ' ') })),
  );
}

/** At most `ofSourceMax` pictures of each source, and `picturesMax` in all: always the same ones of the same list. */
export function drawn<T extends { readonly source: string }>(
  pictures: readonly T[],
  { ofSourceMax, picturesMax }: { readonly ofSourceMax: number; readonly picturesMax: number },
): T[] {
  const taken = new Map<string, number>();
  const few = seededRandom(1)
    .shuffled(pictures)
    .filter(({ source }) => {
      const count = (taken.get(source) ?? 0) + 1;
      taken.set(source, count);
      return count <= ofSourceMax;
    });
  return few.slice(0, picturesMax);
}
