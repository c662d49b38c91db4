import { Command } from 'commander';
import { exitCodes } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { findFrame, openLibraryChange } from '../library-change.ts';
import { printChangeResult } from '../output/change-result.ts';
import type { Result } from '../result.ts';

interface SplitFlags extends CommonFlags {
  readonly name?: string;
  readonly json?: boolean;
}

export function splitCommand(result: Result): Command {
  const command = new Command('split')
    .description('Move pictures of the library into a new group of their own.')
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

async function split(
  files: readonly string[],
  { name, json = false, ...flags }: SplitFlags,
): Promise<number> {
  const change = await openLibraryChange(flags);
  try {
    const { store, library } = change.parts;
    const frames = [...new Set(files.map((file) => findFrame(file, store, library)))];
    const done = await change.ask({ kind: 'split', frames, name });
    if (done === undefined) return printLater(frames.length, json);
    const left = await change.finish(done.planned);
    const { folder } = done;
    const what = `into ${folder === undefined ? 'a new group' : `the new group ${printable(folder)}`}`;
    return printChangeResult(
      what,
      [{ ...done, left }],
      store,
      json,
      folder === undefined ? {} : { group: folder },
    );
  } finally {
    await change.close();
  }
}

function printLater(pictures: number, asJson: boolean): number {
  if (asJson) printJson({ changes: [], moved: 0, left: pictures, refused: [] });
  else print('It is recorded, and done as soon as that is possible.');
  return exitCodes.partly;
}
