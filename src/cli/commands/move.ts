import { Command } from 'commander';
import { printable } from '../../lib/fs/byte-path.ts';
import { findFrame, findGroup } from '../arguments.ts';
import { withLibrary } from '../connect.ts';
import { type CommonFlags, examples, withPlaces } from '../flags.ts';
import { printChangeResult, printLater } from '../output/change-result.ts';
import type { Result } from '../result.ts';

interface MoveFlags extends CommonFlags {
  readonly json?: boolean;
}

export function moveCommand(result: Result): Command {
  const command = new Command('move')
    .description('Move pictures of the library into another group.')
    .argument('<file...>', 'pictures, by their path or as GROUP/NAME; then the folder of the group')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nThe last argument is the group. Moving them in a file manager does the same.\n${examples(
        'framesort move ~/Scenes/scene-0007/IMG_0042.jpg scene-0003 --library ~/Scenes',
        'framesort move scene-0007/IMG_0042.jpg scene-0007/IMG_0043.jpg beach --library ~/Scenes',
      )}`,
    )
    .action(async (words: string[], flags: MoveFlags, self: Command) => {
      if (words.length < 2) self.error('error: name one or more files, and the group that they go to');
      result.exitCode = await move(words.slice(0, -1), words.at(-1) as string, flags);
    });
  return withPlaces(command);
}

function move(files: readonly string[], group: string, flags: MoveFlags): Promise<number> {
  return withLibrary(flags, async ({ client, library }) => {
    const [{ store }, { json = false }] = [client, flags];
    const to = await findGroup(group, store, library);
    const found = await Promise.all(files.map((file) => findFrame(file, store, library)));
    const frames = [...new Set(found)];
    const done = await client.request({ kind: 'move', frames, to: to.id });
    if (done === undefined) return printLater(frames.length, json);
    const left = await client.finish(done.planned);
    return printChangeResult(`into ${printable(to.folder)}`, [{ ...done, left }], store, json);
  });
}
