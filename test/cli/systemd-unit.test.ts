import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipWithout } from '../support/skip-without.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const skip = skipWithout(hasSystemd, 'systemd-analyze is not installed');

for (const name of ['framesort.service', 'framesort@.service']) {
  const unit = fileURLToPath(new URL(`../../systemd/${name}`, import.meta.url));
  const text = readFileSync(unit, 'utf8');

  test(`${name} is exposed by at most 1.6`, { skip }, () => {
    const analysed = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=16', unit], {
      encoding: 'utf8',
    });
    assert.equal(analysed.status, 0, analysed.stdout + analysed.stderr);
  });

  test(`${name} has no key that systemd does not know`, { skip }, () => {
    const { stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    assert.doesNotMatch(stderr, /Unknown (key|section)|Failed to parse/);
  });

  test(`${name} says when it is ready, is watched, drains, and starts again`, () => {
    for (const line of ['Type=notify', 'NotifyAccess=all', 'KillMode=mixed', 'Restart=on-failure']) {
      assert.match(text, new RegExp(`^${line}$`, 'm'));
    }
    assert.match(text, /^WatchdogSec=\d+$/m);
    assert.match(text, /^StateDirectory=framesort/m);
    assert.doesNotMatch(text, /^MemoryDenyWriteExecute=yes/m);
  });
}
