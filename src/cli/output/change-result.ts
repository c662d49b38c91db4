import type { FrameId } from '../../domain/frame.ts';
import { exitCodes } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import type { MovePlan, RejectedMove } from '../../operations/move-frames.ts';
import type { StoreReader } from '../../storage/store.ts';
import { print, printJson } from '../flags.ts';

/** The result of a change of groups. */
export interface ChangeReport extends Pick<MovePlan, 'id' | 'refused'> {
  readonly planned: readonly unknown[];
  /** Planned, and not done yet. */
  readonly left: readonly FrameId[];
}

const reasons: Readonly<Record<RejectedMove['reason'], string>> = {
  unknown: 'framesort does not know it',
  'on its way': 'it is on its way to another place; try again in a moment',
  'not where it was': 'its file is not where it was; framesort will look for it',
  'there already': 'it is there already',
  'moved since': 'it was moved since',
  gone: 'it is not in the library any more',
};

/** Prints the result and returns the exit code. `more`: additional JSON fields. */
export async function printChangeResult(
  what: string,
  reports: readonly ChangeReport[],
  store: StoreReader,
  asJson: boolean,
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  const refused = reports.flatMap((one) => one.refused);
  const left = reports.flatMap((one) => one.left);
  const planned = reports.flatMap((one) => one.planned);
  const named = await withFiles(refused, store);
  if (asJson)
    printJson({
      changes: reports.flatMap(({ id }) => (id === undefined ? [] : [id])),
      moved: planned.length - left.length,
      left: left.length,
      refused: named,
      ...more,
    });
  else inWords(what, planned.length - left.length, left.length, named).forEach(print);
  return refused.length + left.length > 0 ? exitCodes.partly : exitCodes.ok;
}

/** Prints that the request is recorded and not executed yet. Returns the exit code. */
export function printLater(pictures: number, asJson: boolean): number {
  if (asJson) printJson({ changes: [], moved: 0, left: pictures, refused: [] });
  else print('The change is recorded, and done as soon as possible.');
  return exitCodes.partly;
}

function inWords(what: string, moved: number, left: number, refused: readonly NamedRejection[]): string[] {
  return [
    ...refused.map(({ file, reason }) => `left: ${file}: ${reasons[reason]}`),
    `${what}: ${moved} ${moved === 1 ? 'picture' : 'pictures'}`,
    ...(left > 0 ? [`${left} more are recorded, and moved as soon as that is possible`] : []),
  ];
}

interface NamedRejection extends RejectedMove {
  readonly file: string;
}

async function withFiles(refused: readonly RejectedMove[], store: StoreReader): Promise<NamedRejection[]> {
  const filings = await store.frames.getMany(refused.map(({ frame }) => frame));
  return refused.map(({ frame, reason }) => {
    const placement = filings.get(frame)?.placement;
    const file =
      placement === undefined ? `frame ${frame}` : printable(`${placement.folder}/${placement.name}`);
    return { frame, file, reason };
  });
}
