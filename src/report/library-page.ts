import { basename, join, resolve } from 'node:path';
import type { Config } from '../config/options.ts';
import { printable } from '../lib/fs/byte-path.ts';
import type { ShowProgress } from '../lib/progress.ts';
import type { FrameRecord } from '../storage/store.ts';
import { pageAssets } from './assets.ts';
import { pageHtml } from './html.ts';
import { type LibraryView, libraryData } from './library-data.ts';
import type { LibraryData, PlaneMap } from './page-data.ts';
import { pageSheets } from './page-sheets.ts';

/** Returns the HTML page about a library. */
export async function libraryPage(
  library: string,
  view: LibraryView,
  map: PlaneMap,
  config: Config,
  showProgress: ShowProgress,
): Promise<string> {
  const { frameNames: names, ...rest } = libraryData(view);
  const sheets = await pageSheets(view.filings.map(pathsIn(library)), config, showProgress);
  const data: LibraryData = {
    ...rest,
    library: printable(resolve(library)),
    made: new Date().toISOString(),
    frames: { names, ...sheets.layout },
    map,
  };
  const title = `${printable(basename(resolve(library)))}: groups by framesort`;
  return pageHtml({ title, data, sheets: sheets.images, ...pageAssets('library') });
}

/**
 * Possible paths of a frame's file: in the library, else at its source (for links and pending placements).
 */
function pathsIn(library: string) {
  return ({ placement, frame }: FrameRecord) => [
    join(library, placement.folder, placement.name),
    frame.source,
  ];
}
