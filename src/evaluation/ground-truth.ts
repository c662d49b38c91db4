import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { isSystemName } from '../domain/ignored-names.ts';
import { exitCodes, FatalError, messageOf } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';

/** A picture with a known group. */
export interface TruePicture {
  readonly path: string;
  readonly group: string;
  /** Position within its group in the order of capture. */
  readonly sequence: number;
}

/**
 * Reads groups from sub-folders. A name that starts with `_` holds singles, each in its own group. Throws
 * FatalError if there are no pictures.
 */
export async function groundTruthFromFolders(folder: string, files: FileSystem): Promise<TruePicture[]> {
  const pictures: TruePicture[] = [];
  for (const { name: group, kind } of await files.readFolder(folder)) {
    if (kind !== 'folder' || group.startsWith('.') || isSystemName(group)) continue;
    const entries = (await files.readFolder(join(folder, group))).filter((entry) => entry.kind === 'file');
    entries.forEach(({ name }, sequence) => {
      const isSingle = group.startsWith('_');
      pictures.push({
        path: join(folder, group, name),
        group: isSingle ? `${group}/${name}` : group,
        sequence,
      });
    });
  }
  if (pictures.length === 0) throw noTruth(folder, 'it has no sub-folder with pictures');
  return pictures;
}

/**
 * Reads groups from a CSV with columns `file` (below `folder`) and `group`, optionally `seq` or `t_seconds`.
 * Throws FatalError if the CSV is malformed.
 */
export function groundTruthFromCsv(csv: string, folder: string): TruePicture[] {
  const rows = readRows(csv);
  const [first] = rows;
  if (first === undefined || !('file' in first) || !('group' in first)) {
    throw noTruth(csv, 'its first line must name the columns file and group');
  }
  return rows.map((row, line) => ({
    path: join(folder, row.file as string),
    group: row.group as string,
    sequence: Number(row.seq || row.t_seconds || line),
  }));
}

function readRows(csv: string): Record<string, string>[] {
  try {
    return parse(readFileSync(csv), { columns: true, skip_empty_lines: true, bom: true });
  } catch (error) {
    throw noTruth(csv, messageOf(error));
  }
}

function noTruth(where: string, why: string): FatalError {
  return new FatalError(`read the true groups from ${where}: ${why}`, {
    hint: 'Give a folder with a sub-folder for each group, or --truth with a CSV of file and group.',
    exitCode: exitCodes.usage,
  });
}
