import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FatalError } from '../../src/lib/errors.ts';
import { pageMark } from '../../src/report/html.ts';
import { checkTarget, writePage } from '../../src/report/write-page.ts';
import { tempFolder } from '../support/temp.ts';

test('a page is written, and an older page by framesort is replaced', async (context) => {
  const folder = tempFolder(context);
  const out = join(folder, 'page.html');
  await writePage(out, `${pageMark}first`);
  await writePage(out, `${pageMark}second`);
  assert.equal(readFileSync(out, 'utf8'), `${pageMark}second`);
  assert.deepEqual(readdirSync(folder), ['page.html']);
});

test('other files are never overwritten by a page', async (context) => {
  const folder = tempFolder(context);
  writeFileSync(join(folder, 'notes.html'), '<!doctype html>\n<p>mine');
  writeFileSync(join(folder, 'empty'), '');
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'ours.html'), pageMark);
  symlinkSync('ours.html', join(folder, 'link'));
  for (const name of ['notes.html', 'empty', 'folder', 'link']) {
    const out = join(folder, name);
    await assert.rejects(writePage(out, pageMark), (error: FatalError) => {
      assert.ok(error instanceof FatalError);
      assert.match(error.message, /no page of framesort/);
      assert.ok(error.message.includes(out) && error.hint);
      return true;
    });
  }
  assert.equal(readFileSync(join(folder, 'notes.html'), 'utf8'), '<!doctype html>\n<p>mine');
  assert.equal(readdirSync(folder).length, 5);
});

test('a missing folder is reported before the work', async (context) => {
  const out = join(tempFolder(context), 'nowhere', 'page.html');
  await assert.rejects(checkTarget(out), /there is no folder .*nowhere/);
});
