import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { exitCodes, FatalError, messageOf } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';

/** A picture whose group is known. */
export interface TruePicture {
  readonly path: string;
  readonly group: string;
  /** Place within its group in the order of capture. */
  readonly sequence: number;
}

/** Every sub-folder is a group; one whose name starts with `_` holds singles, each a group of its own. */
export async function groundTruthFromFolders(folder: string, files: FileSystem): Promise<TruePicture[]> {
  const pictures: TruePicture[] = [];
  for (const { name: group, kind } of await files.readFolder(folder)) {
    if (kind !== 'folder' || group.startsWith('.')) continue;
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
  if (pictures.length === 0) throw noTruth(folder, 'no sub-folder with pictures was found');
  return pictures;
}

/** Columns `file` (below `folder`) and `group`, and perhaps `seq` or `t_seconds`. */
export function groundTruthFromCsv(csv: string, folder: string): TruePicture[] {
  const rows = readRows(csv);
  const [first] = rows;
  if (first === undefined || !('file' in first) || !('group' in first)) {
    throw noTruth(csv, 'it needs a first line that names the columns file and group');
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
    hint: 'Give a folder with one sub-folder for each group, or --truth with a CSV of file and group.',
    exitCode: exitCodes.usage,
  });
}
