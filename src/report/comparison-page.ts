import type { Config } from '../config/options.ts';
import type { Comparison } from '../evaluation/compare/compare-embedders.ts';
import { printable } from '../lib/fs/byte-path.ts';
import type { ShowProgress } from '../lib/progress.ts';
import { pageAssets } from './assets.ts';
import { comparisonData } from './comparison-data.ts';
import { pageHtml } from './html.ts';
import type { ComparisonData } from './page-data.ts';
import { pageSheets } from './page-sheets.ts';

/** Returns the HTML page that compares embedders and methods. */
export async function comparisonPage(
  folder: string,
  { seen, leftOut }: Comparison,
  hasTruth: boolean,
  config: Config,
  showProgress: ShowProgress,
): Promise<string> {
  const { paths, frameNames: names, ...rest } = comparisonData(folder, seen, leftOut.length, hasTruth);
  const sheets = await pageSheets(
    paths.map((path) => [path]),
    config,
    showProgress,
  );
  const data: ComparisonData = {
    ...rest,
    folder: printable(folder),
    made: new Date().toISOString(),
    frames: { names, ...sheets.layout },
  };
  const title = `${printable(folder)}: embedders and methods`;
  return pageHtml({ title, data, sheets: sheets.images, ...pageAssets('comparison') });
}
