import { Command } from 'commander';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { findGroup } from '../arguments.ts';
import { withLibrary } from '../connect.ts';
import { type CommonFlags, examples, withPlaces } from '../flags.ts';
import { printChangeResult, printLater } from '../output/change-result.ts';
import type { Result } from '../result.ts';

interface MergeFlags extends CommonFlags {
  readonly json?: boolean;
}

export function mergeCommand(result: Result): Command {
  const command = new Command('merge')
    .description('Move all pictures of a group into another group, and remove the empty folder.')
    .argument('<group>', 'the folder of the group to empty')
    .argument('<into>', 'the folder of the receiving group')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nNothing is overwritten: a picture whose name is taken gets a number. "framesort undo" takes it back.\n${examples(
        'framesort merge scene-0007 scene-0003 --library ~/Scenes',
        'framesort merge ~/Scenes/scene-0007 ~/Scenes/beach --library ~/Scenes --json',
      )}`,
    )
    .action(async (group: string, into: string, flags: MergeFlags) => {
      result.exitCode = await merge(group, into, flags);
    });
  return withPlaces(command);
}

function merge(group: string, into: string, flags: MergeFlags): Promise<number> {
  return withLibrary(flags, async ({ client, library }) => {
    const [{ store }, { json = false }] = [client, flags];
    const [from, to] = [await findGroup(group, store, library), await findGroup(into, store, library)];
    if (from.id === to.id)
      throw new FatalError(`merge ${group}: it is the same group`, { exitCode: exitCodes.usage });
    const done = await client.request({ kind: 'merge', from: from.id, into: to.id });
    if (done === undefined) return printLater(from.frames, json);
    const left = await client.finish(done.planned);
    const what = `from ${printable(from.folder)} into ${printable(to.folder)}`;
    return printChangeResult(what, [{ ...done, left }], store, json);
  });
}
