import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import test from 'node:test';
import { isOfSystem, TransientError } from '../../src/lib/errors.ts';

test('a refusal of the system may succeed later, by its code', () => {
  for (const code of ['ENOENT', 'EEXIST', 'ENOSPC', 'EACCES', 'ENAMETOOLONG', 'ESTALE', 'ECONNRESET'])
    assert.equal(isOfSystem(Object.assign(new Error(code), { code })), true, code);
  const code = 'Unknown system error -117';
  assert.equal(
    isOfSystem(Object.assign(new Error(code), { code })),
    true,
    'EUCLEAN, without a name in Node.js',
  );
  assert.equal(isOfSystem(new TransientError('full')), true);
  assert.equal(isOfSystem(thrownBy(() => readFileSync('/nonexistent'))), true);
  assert.equal(isOfSystem(thrownBy(() => readFileSync('/'))), true);
});

test('a name that the file system cannot hold is a refusal, as FAT and exFAT report it', () => {
  const refused = Object.assign(new Error('EINVAL'), {
    code: 'EINVAL',
    syscall: 'open',
    path: '/usb/a:b.jpg',
  });
  assert.equal(isOfSystem(refused), true);
  assert.equal(isOfSystem(Object.assign(new Error('EINVAL'), { code: 'EINVAL', syscall: 'read' })), false);
});

test('a wrong call of ours is a bug, not a refusal of the system', () => {
  const closed = openSync('/dev/null', 'r');
  closeSync(closed);
  const error = thrownBy(() => readSync(closed, Buffer.alloc(1)));
  assert.equal((error as NodeJS.ErrnoException).code, 'EBADF');
  assert.equal(isOfSystem(error), false);
  for (const code of ['EINVAL', 'EFAULT', 'ENOTSOCK', 'ERR_INVALID_ARG_TYPE'])
    assert.equal(isOfSystem(Object.assign(new Error(code), { code })), false, code);
  assert.equal(isOfSystem(new Error('no code')), false);
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return assert.fail('it did not throw');
}
