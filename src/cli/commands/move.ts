import { Command } from 'commander';
import { printable } from '../../lib/fs/byte-path.ts';
import { planMoves } from '../../operations/move-frames.ts';
import { type CommonFlags, examples, withPlaces } from '../flags.ts';
import { findFrame, findGroup, openLibraryChange } from '../library-change.ts';
import { printChangeResult } from '../output/change-result.ts';
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

async function move(files: readonly string[], group: string, flags: MoveFlags): Promise<number> {
  const change = await openLibraryChange(flags);
  try {
    const { store, library } = change.parts;
    const to = findGroup(group, store, library);
    const frames = new Set(files.map((file) => findFrame(file, store, library)));
    const moves = Array.from(frames, (frame) => ({ frame, to: to.id }));
    const evidence = { into: to.folder, pictures: moves.length };
    const why = { act: 'move', by: 'command', rule: 'a person said so', evidence } as const;
    const done = await planMoves(change.parts, moves, why);
    const left = await change.finish(done.planned.map(({ frame }) => frame));
    return printChangeResult(`into ${printable(to.folder)}`, [{ ...done, left }], store, flags.json === true);
  } finally {
    await change.close();
  }
}
