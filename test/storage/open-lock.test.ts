import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeState, openState } from '../../src/storage/open.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { ended, startCli } from '../support/cli.ts';
import { placesBelow, testFolder } from '../support/folders.ts';

const program = fileURLToPath(new URL('./opening-child.ts', import.meta.url));
const within = ['env', 'NODE_OPTIONS=--import tsx'];

/** Without the door it goes wrong after some hundred times. */
const times = 400;

test('processes that open and close a store at the same time do not spoil its locks for each other', async (context) => {
  const { state } = placesBelow(testFolder(context));
  await closeState(await openState(state, findModel('builtin')));
  const run = (how: string) => ended(startCli([join(state, 'store'), how, `${times}`], { program, within }));
  const all = await Promise.all(['reader', 'reader', 'writer'].map(run));
  for (const { code, stderr } of all) assert.equal(code, 0, stderr);
});
