import { Command } from 'commander';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { findGroup } from '../arguments.ts';
import { withLibrary } from '../connect.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { plural } from '../output/counted.ts';
import type { Result } from '../result.ts';

interface RenameFlags extends CommonFlags {
  readonly json?: boolean;
}

export function renameCommand(result: Result): Command {
  const command = new Command('rename')
    .description("Rename a group's folder.")
    .argument('<group>', 'the folder of the group')
    .argument('<name>', 'the new name')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nRenaming the folder in a file manager does the same. Nothing is put over what is there. A rename is taken back by
renaming: "framesort undo" takes back pictures that changed their group.\n${examples(
        'framesort rename scene-0007 beach --library ~/Scenes',
        'framesort rename ~/Scenes/scene-0007 "Beach, evening" --library ~/Scenes --json',
      )}`,
    )
    .action(async (group: string, name: string, flags: RenameFlags) => {
      result.exitCode = await rename(group, name, flags);
    });
  return withPlaces(command);
}

function rename(text: string, to: string, { json = false, ...flags }: RenameFlags): Promise<number> {
  return withLibrary(flags, async ({ client, library }) => {
    const { id: group, folder: from, frames } = await findGroup(text, client.store, library);
    if (from === to) throw hasItAlready(from);
    const isDone = (await client.request({ kind: 'rename', group, from, to })) !== undefined;
    await client.finish([]);
    if (json) printJson({ from, to, pictures: frames, renamed: isDone });
    else if (isDone) print(`${printable(from)} is now ${printable(to)}: ${plural(frames, 'picture')}`);
    else print('The change is recorded, and done as soon as possible.');
    return isDone ? exitCodes.ok : exitCodes.partly;
  });
}

function hasItAlready(name: string): FatalError {
  return new FatalError(`rename ${printable(name)}: it has that name already`, { exitCode: exitCodes.usage });
}
