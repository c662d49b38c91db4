import { resolve } from 'node:path';
import { Command } from 'commander';
import { requireLibrary } from '../../config/paths.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { type LibraryView, vectorsOf, viewLibrary } from '../../report/library-data.ts';
import { libraryPage } from '../../report/library-page.ts';
import { planeMap } from '../../report/umap.ts';
import { checkTarget, writePage } from '../../report/write-page.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState, withStore } from '../open-state.ts';
import { plural } from '../output/counted.ts';
import { startProgress } from '../output/progress.ts';
import type { Result } from '../result.ts';

interface ReportFlags extends CommonFlags {
  readonly html?: string;
  readonly json?: boolean;
}

export function reportCommand(_: Result): Command {
  const command = new Command('report')
    .description('Summarise a library; with --html as a page of doubts, groups, timeline and map.')
    .option('--html <file>', 'write the page: a single file without network requests')
    .option('--json', 'print the summary as one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort report --library ~/Scenes --html scenes.html',
        'framesort report -c framesort.yaml --json',
      ),
    )
    .action(report);
  return withPlaces(command);
}

async function report(flags: ReportFlags): Promise<void> {
  const { html } = flags;
  const { state, config } = await existingState(flags);
  const library = html === undefined ? '' : requireLibrary(config);
  if (html !== undefined) await checkTarget(html);
  const [view, vectors] = await withStore(state, async (store) => {
    const seen = await viewLibrary(store);
    return [seen, html === undefined ? [] : await vectorsOf(store, seen)];
  });
  if (html !== undefined)
    await writePage(html, await libraryPage(library, view, planeMap(vectors), config, startProgress));
  summarise(view, flags);
}

function summarise(view: LibraryView, { html, json }: ReportFlags): void {
  const doubtful = view.filings.filter(({ evidence }) => evidence.doubtful).length;
  const summary = { frames: view.filings.length, groups: view.groups.length, doubtful };
  if (json) return printJson({ ...summary, quarantined: view.quarantined, html: html && resolve(html) });
  print(`${plural(summary.frames, 'picture')} in ${plural(summary.groups, 'group')}, ${doubtful} doubtful`);
  if (html !== undefined) print(`open ${printable(resolve(html))}`);
  else print('--html FILE writes the library as a page.');
}
