import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPaths } from '../../src/config/paths.ts';

test('nested folders are refused', () => {
  const refused = [
    ['/in', '/in', '/state'],
    ['/library/in', '/library', '/state'],
    ['/in', '/in/library', '/state'],
    ['/in', '/library', '/in/state'],
    ['/in', '/library', '/in'],
  ] as const;
  for (const [inbox, library, state] of refused)
    assert.throws(() => checkPaths(['/other', inbox], library, state), { exitCode: 78 });
  checkPaths(['/in', '/in-two'], '/library', '/library/.framesort/state');
});
