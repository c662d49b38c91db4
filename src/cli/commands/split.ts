import { Command } from 'commander';
import { printable } from '../../lib/fs/byte-path.ts';
import { findFrame } from '../arguments.ts';
import { withLibrary } from '../connect.ts';
import { type CommonFlags, examples, withPlaces } from '../flags.ts';
import { printChangeResult, printLater } from '../output/change-result.ts';
import type { Result } from '../result.ts';

interface SplitFlags extends CommonFlags {
  readonly name?: string;
  readonly json?: boolean;
}

export function splitCommand(result: Result): Command {
  const command = new Command('split')
    .description('Move pictures of the library into a new group.')
    .argument('<file...>', 'pictures, by their path or as GROUP/NAME')
    .option('--name <name>', 'the folder of the new group (default: as framesort names groups)')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nDragging them into a new folder in a file manager does the same. Pictures like them join the new group from then on, and
they are not brought back by themselves. "framesort undo" takes it back.\n${examples(
        'framesort split scene-0007/IMG_0042.jpg scene-0007/IMG_0043.jpg --library ~/Scenes',
        'framesort split ~/Scenes/scene-0007/IMG_004*.jpg --name beach --library ~/Scenes',
      )}`,
    )
    .action(async (files: string[], flags: SplitFlags) => {
      result.exitCode = await split(files, flags);
    });
  return withPlaces(command);
}

function split(files: readonly string[], { name, json = false, ...flags }: SplitFlags): Promise<number> {
  return withLibrary(flags, async ({ client, library }) => {
    const { store } = client;
    const found = await Promise.all(files.map((file) => findFrame(file, store, library)));
    const frames = [...new Set(found)];
    const done = await client.request({ kind: 'split', frames, name });
    if (done === undefined) return printLater(frames.length, json);
    const left = await client.finish(done.planned);
    const { folder } = done;
    const what = `into ${folder === undefined ? 'a new group' : `the new group ${printable(folder)}`}`;
    return printChangeResult(
      what,
      [{ ...done, left }],
      store,
      json,
      folder === undefined ? {} : { group: folder },
    );
  });
}
