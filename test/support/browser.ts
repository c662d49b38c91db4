import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import puppeteer, { type Page } from 'puppeteer-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A browser on this machine. Without one, tests that need a browser are skipped. */
export const chromium = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find((path) => existsSync(path));

export interface Opened {
  readonly page: Page;
  /** Script errors and console messages, such as violations of the policy. */
  readonly complaints: string[];
  /** Requested addresses, except for the file itself and its embedded data. */
  readonly requests: string[];
}

/** Opens a file in a browser; closed at the end of the test. */
export async function openInBrowser(test: TestContext, file: string, part = ''): Promise<Opened> {
  const browser = await puppeteer.launch({ executablePath: chromium as string, args: ['--no-sandbox'] });
  test.after(() => browser.close());
  const page = await browser.newPage();
  const opened: Opened = { page, complaints: [], requests: [] };
  page.on('console', (message) => opened.complaints.push(message.text()));
  page.on('pageerror', (error) => opened.complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data|blob|file):/.test(request.url())) opened.requests.push(request.url());
  });
  await page.goto(`${pathToFileURL(file)}${part}`);
  return opened;
}
