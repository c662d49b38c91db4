import { basename, join, resolve } from 'node:path';
import type { Config } from '../config/options.ts';
import { printable } from '../lib/fs/byte-path.ts';
import type { FrameRecord } from '../storage/store.ts';
import { pageAssets } from './assets.ts';
import { pageHtml } from './html.ts';
import { type LibraryView, libraryData } from './library-data.ts';
import type { LibraryData, PlaneMap } from './page-data.ts';
import { pageSheets } from './page-sheets.ts';

/** The page that shows a library. */
export async function libraryPage(
  library: string,
  view: LibraryView,
  map: PlaneMap,
  config: Config,
): Promise<string> {
  const { frameNames: names, ...told } = libraryData(view);
  const sheets = await pageSheets(view.filings.map(pathsIn(library)), config);
  const data: LibraryData = {
    ...told,
    library: printable(resolve(library)),
    made: new Date().toISOString(),
    frames: { names, ...sheets.layout },
    map,
  };
  const title = `${printable(basename(resolve(library)))}: what framesort made of it`;
  return pageHtml({ title, data, sheets: sheets.images, ...pageAssets('library') });
}

/** Where a frame's file is to be; until it is there, and where it is a link, where it was found. */
function pathsIn(library: string) {
  return ({ placement, frame }: FrameRecord) => [
    join(library, placement.folder, placement.name),
    frame.source,
  ];
}
