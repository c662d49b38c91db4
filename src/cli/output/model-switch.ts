import type { MisplacedFrame } from '../../domain/assignment/misplaced.ts';
import type { GroupId } from '../../domain/group.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import type { StoreReader } from '../../storage/store.ts';

/** Output of `models use`. */

export interface UseReport {
  readonly model: string;
  readonly frames: number;
  readonly embedded: number;
  readonly misfits: readonly MisplacedFrame[];
  /** Number with the model in use; undefined if the model is not installed. */
  readonly misfitsBefore: number | undefined;
}

const shownMax = 10;

export async function reportLines(
  report: UseReport,
  store: StoreReader,
  isInUse: boolean,
): Promise<string[]> {
  const { model, frames, embedded, misfits, misfitsBefore } = report;
  const alone = misfits.filter(({ better }) => better === undefined).length;
  const compared =
    misfitsBefore === undefined || isInUse ? '' : ` (with the model in use, ${misfitsBefore} would)`;
  return [
    `${frames} pictures have a vector of ${model}; ${embedded} were embedded now`,
    `decided by the model, ${misfits.length - alone} pictures would be in another group and ${alone} in a group of their own${compared}`,
    ...(await misplacedLines(misfits, store)),
    'filed pictures stay in their groups; the model decides for later pictures',
    ...(isInUse ? [`${model} is in use`] : []),
  ];
}

async function misplacedLines(misfits: readonly MisplacedFrame[], store: StoreReader): Promise<string[]> {
  const folders = new Map(Array.from(await store.groups.all(), ({ id, folder }) => [id, folder]));
  const folderOf = (group: GroupId | undefined) =>
    group === undefined ? 'a new group' : printable(folders.get(group) ?? '');
  const shown = misfits.slice(0, shownMax);
  const filings = await store.frames.getMany(shown.map(({ frame }) => frame));
  const lines = shown.map(({ frame, group, better }) => {
    const name = printable(filings.get(frame)?.placement.name ?? '');
    return `  ${folderOf(group)}/${name} → ${folderOf(better)}`;
  });
  return misfits.length > shownMax ? [...lines, `  and ${misfits.length - shownMax} more`] : lines;
}

export function changedLines(name: string, previous: string, configured: string): string[] {
  return [
    `${name} is in use from now on`,
    `the vectors of ${previous} are kept: "framesort models use" with that model goes back at once`,
    ...(configured === name
      ? []
      : [
          `the configuration still names ${configured}: ${name} is used in its place until embed.model is changed`,
        ]),
  ];
}
