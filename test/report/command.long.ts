import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toSystem } from '../../src/lib/fs/byte-path.ts';
import { pageMark } from '../../src/report/html.ts';
import type { ComparisonData, LibraryData } from '../../src/report/page-data.ts';
import { chromium, openInBrowser } from '../support/browser.ts';
import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';
import { drawPictures } from '../support/pictures.ts';
import { skipWithout } from '../support/skip-without.ts';

/**
 * Tests `framesort report --html` and `compare --html` from the command line, with their pages in a browser.
 */

const pictures = await drawPictures(18, 5);
const skip = skipWithout(chromium !== undefined, 'Chromium is not installed');

const hostile = [
  '</script><img src=x onerror=alert(1)>.jpg',
  `"quoted" & 'single'.jpg`,
  'line\nbreak.jpg',
  'not-utf8-\udcff\udcfe.jpg',
  '\u202egpj.rtl.jpg',
].map((name) => name.replaceAll('/', '\u2215'));

function nameOf(at: number): string {
  return hostile[at] ?? `${at}.jpg`;
}

/** The pictures, with hostile names first, in a folder for each place. */
function film(folder: string): string {
  for (const [at, { place, bytes }] of pictures.entries()) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(toSystem(join(folder, place, nameOf(at))), bytes);
  }
  return folder;
}

function dataOf<T>(page: string): T {
  const [, json = ''] = /id="data">([^<]*)</.exec(readFileSync(page, 'utf8')) ?? [];
  return JSON.parse(json);
}

async function libraryPage(folder: string): Promise<{ page: string; library: string }> {
  const [inbox, library, page] = ['inbox', 'library', 'page.html'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await runCli(['sort', film(inbox), library]);
  const { code, stdout, stderr } = await runCli(['report', '--library', library, '--html', page]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^18 pictures in \d+ groups/);
  return { page, library };
}

test('report writes a page with every picture, and replaces the page at the second run', async (context) => {
  const { page, library } = await libraryPage(testFolder(context));
  const data = dataOf<LibraryData>(page);
  assert.equal(data.frames.names.length, pictures.length);
  assert.deepEqual(data.frames.missing, []);
  for (const shown of ['line\\x0abreak.jpg', 'not-utf8-\\xff\\xfe.jpg'])
    assert.ok(data.frames.names.includes(shown), shown);
  const html = readFileSync(page, 'utf8');
  assert.doesNotMatch(html, /onerror=alert\(1\)>/);
  assert.equal((await runCli(['report', '--library', library, '--html', page])).code, 0);
});

test('report names the file that it refuses to overwrite, and prints the counts', async (context) => {
  const folder = testFolder(context);
  const { library } = await libraryPage(folder);
  const mine = join(folder, 'mine.html');
  writeFileSync(mine, 'mine');
  const refused = await runCli(['report', '--library', library, '--html', mine]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /mine\.html: it exists and is no page of framesort[\s\S]*Name another/);
  assert.equal(readFileSync(mine, 'utf8'), 'mine');
  const { stdout } = await runCli(['report', '--library', library, '--json']);
  const { frames, groups } = JSON.parse(stdout);
  assert.equal(frames, pictures.length);
  assert.ok(groups > 1);
});

test('the library page opens in Chromium and works by keyboard', { skip }, async (context) => {
  const { page: file } = await libraryPage(testFolder(context));
  const { page, complaints, requests } = await openInBrowser(context, file, '#groups');
  await page.waitForSelector('#panel-groups button.thumb');
  const labels = await page.$$eval('button.thumb', (all) => all.map((one) => one.getAttribute('aria-label')));
  assert.equal(labels.length, pictures.length);
  assert.ok(labels.some((label) => label?.includes('onerror=alert(1)')));
  assert.equal(await page.$('img[src=x]'), null);
  await page.focus('#tab-groups');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('#panel-timeline .row path');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('#panel-map canvas');
  await page.focus('canvas');
  await page.waitForFunction("document.querySelector('.map .live').textContent !== ''");
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open] dd');
  await page.keyboard.press('Escape');
  await page.click('#tab-groups');
  await page.type('input[type=search]', 'no such group');
  assert.equal((await page.$$('.card:not([hidden])')).length, 0);
  await page.click('#tab-doubtful');
  await page.waitForSelector('#panel-doubtful > *');
  assert.deepEqual([complaints, requests], [[], []]);
});

test('the comparison page shows all measurements', async (context) => {
  const folder = testFolder(context);
  const [dir, page] = [film(join(folder, 'scenes')), join(folder, 'page.html')];
  const args = ['compare', dir, '--embedders', 'classical,histogram', '--html', page];
  const without = await runCli(args);
  assert.equal(without.code, 0, without.stderr);
  const plain = dataOf<ComparisonData>(page);
  assert.equal(plain.truth, undefined);
  assert.equal(plain.agreement.length, plain.methods.length);
  const known = await runCli([...args, '--truth', 'folders']);
  assert.equal(known.code, 0, known.stderr);
  const data = dataOf<ComparisonData>(page);
  assert.ok(readFileSync(page, 'utf8').startsWith(pageMark));
  assert.equal(data.methods.length, 12);
  assert.equal(data.agreement.length, 13);
  for (const { labels, figures } of data.methods) {
    assert.equal(labels.length, pictures.length);
    assert.ok((figures?.f1 ?? 0) > 0.5);
  }
  for (const { map, pairs } of data.embedders) {
    assert.equal(map.x.length, pictures.length);
    assert.ok((pairs.rocArea ?? 0) > 0.7);
  }
  for (const { together, frames, areOne } of data.disputes) {
    assert.ok(together.length > 0 && together.length < 10);
    const [a, b] = frames.map((frame) => data.truth?.labels[frame]);
    assert.equal(areOne, a === b);
  }
  assert.ok(existsSync(page));
});

test('the comparison page opens in Chromium', { skip }, async (context) => {
  const folder = testFolder(context);
  const file = join(folder, 'page.html');
  const dir = film(join(folder, 'scenes'));
  await runCli(['compare', dir, '--truth', 'folders', '--embedders', 'histogram', '--html', file]);
  const { page, complaints, requests } = await openInBrowser(context, file);
  await page.waitForSelector('#panel-figures table');
  assert.equal((await page.$$('#panel-figures .matrix tbody tr')).length, 7);
  for (const [tab, sign] of [
    ['similarities', '.chart svg path'],
    ['groups', '.sides .card, .sides .empty'],
    ['map', 'canvas'],
    ['disputes', 'p'],
  ]) {
    await page.click(`#tab-${tab}`);
    await page.waitForSelector(`#panel-${tab} ${sign}`);
  }
  assert.deepEqual([complaints, requests], [[], []]);
});
