import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { realFiles } from '../../src/lib/files.ts';
import { openLog } from '../../src/lib/logger.ts';
import { Retries } from '../../src/retries.ts';
import { FakeClock } from '../support/clock.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';
import { testFolder } from '../support/folders.ts';

function retries(context: TestContext, triesMax: number, files = realFiles) {
  const library = testFolder(context);
  mkdirSync(join(library, '.framesort'));
  const [clock, { signal }] = [new FakeClock(), new AbortController()];
  const log = openLog({ level: 'silent', format: 'json' });
  return new Retries({ files, library, clock, log, signal, triesMax }, async () => {});
}

async function refused(code: string): Promise<never> {
  throw systemError(code);
}

test('a run that ends puts off as many files as are refused, and waits for none', async (context) => {
  const few = retries(context, 4);
  for (let at = 0; at < 200; at++)
    await few.persist(
      `frame ${at}`,
      () => refused('EPERM'),
      () => refused('EPERM'),
    );
  assert.equal(few.stuck().length, 200);
});

test('what is read-only concerns one file where the library takes others, and all where it takes none', async (context) => {
  const work = () => refused('EROFS');
  const one = retries(context, 1);
  await one.persist('frame 1', work, work);
  assert.deepEqual(
    one.stuck().map(({ tries }) => tries),
    [1],
  );
  const readOnly = faultyFiles(({ verb }) => {
    if (verb === 'append' || verb === 'makeFolder') throw systemError('EROFS');
  });
  await assert.rejects(retries(context, 1, readOnly).persist('frame 1', work, work), { code: 'EROFS' });
});
