import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('doctor says what to do where the optional package for HEIC is not installed', () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `await import(${url('../support/without-libheif.ts')});
    const { checkFormats } = await import(${url('../../src/cli/doctor/formats.ts')});
    console.log(JSON.stringify(await checkFormats()));`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(stderr, '');
  const [heic, ...others] = JSON.parse(stdout);
  assert.equal(heic.state, 'warn');
  assert.match(heic.todo, /libheif-js/);
  assert.deepEqual(
    others.map(({ state }: { state: string }) => state),
    ['ok', 'ok'],
  );
});
