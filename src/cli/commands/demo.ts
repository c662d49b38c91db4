import { resolve } from 'node:path';
import { Command } from 'commander';
import { type DemoResult, type FiledLine, runDemo } from '../demo/run-demo.ts';
import { examples, print, printJson } from '../flags.ts';
import type { Result } from '../result.ts';

interface DemoFlags {
  readonly frames: string;
  readonly seed: string;
  readonly dir: string;
  readonly json?: boolean;
}

export function demoCommand(_: Result): Command {
  return new Command('demo')
    .description(
      'Film a small world, drop its frames into an inbox as a camera would, and watch them being filed.',
    )
    .option('--frames <count>', 'frames to film', '240')
    .option('--seed <number>', 'another seed gives another film', '1')
    .option(
      '--dir <dir>',
      'the folder for inbox, library and state; emptied if it comes from the demo',
      'demo',
    )
    .option('--json', 'print the result as one line of JSON')
    .addHelpText('after', examples('framesort demo', 'framesort demo --frames 400 --seed 7'))
    .action(demo);
}

async function demo({ frames, seed, dir, json }: DemoFlags): Promise<void> {
  const folder = resolve(dir);
  if (!json)
    print(
      `Filming ${frames} frames; a daemon files them from ${folder}/inbox into ${folder}/library as they come.\n`,
    );
  const onFiled = json ? () => {} : showFiled;
  const result = await runDemo({ folder, frames: Number(frames), seed: Number(seed), onFiled });
  if (json) printJson({ frames: result.film.frames.length, ...result.scores });
  else describe(result);
}

function showFiled({ source, group, founded, similarity }: FiledLine): void {
  const name = source.slice(source.lastIndexOf('/') + 1);
  const why = founded ? 'a new place' : `seen before (${similarity?.toFixed(2)})`;
  print(`  ${name}  ->  ${group}   ${why}`);
}

function describe({ film, library, groups, scores }: DemoResult): void {
  print(`\n${library}`);
  const folders = Array.from(groups).sort(([a], [b]) => a.localeCompare(b));
  folders.forEach(([folder, places], i) => {
    const shown = Array.from(places, ([place, count]) => `${place} ×${count}`).join(', ');
    print(`${i === folders.length - 1 ? '└──' : '├──'} ${folder.padEnd(12)}  ${shown}`);
  });
  const { bcubed, groups: counts } = scores;
  print(`\n${film.frames.length} frames of ${counts.truth} places are in ${counts.predicted} groups.`);
  print(
    `BCubed F1 ${bcubed.f1.toFixed(3)} (precision ${bcubed.precision.toFixed(3)}, recall ${bcubed.recall.toFixed(3)})`,
  );
  print('\nNext: "npm start" watches ./inbox; drop pictures of your own there.');
}
