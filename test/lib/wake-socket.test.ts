import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openWakeServer, WakeClient, type WakeServer } from '../../src/lib/process/wake-socket.ts';
import { until } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';

async function serverIn(context: TestContext, folder: string) {
  let wakes = 0;
  const server = (await openWakeServer(folder, () => {
    wakes++;
  })) as WakeServer;
  assert.ok(server);
  context.after(() => server.close());
  return { server, count: () => wakes };
}

function clientIn(context: TestContext, folder: string) {
  let wakes = 0;
  const client = new WakeClient(folder, () => {
    wakes++;
  });
  context.after(() => client.close());
  return { client, count: () => wakes };
}

for (const [what, name] of [
  ['an ordinary folder', 'state'],
  ['a folder whose path is longer than a socket may have', `${'long'.repeat(50)}/${'deep'.repeat(40)}`],
])
  test(`both sides wake each other in ${what}`, async (context) => {
    const folder = join(testFolder(context), name as string);
    mkdirSync(folder, { recursive: true });
    const { server, count: asked } = await serverIn(context, folder);
    const { client, count: woken } = clientIn(context, folder);
    client.wake();
    await until(() => asked() === 1 && client.isConnected, 'the connection wakes the server');
    client.wake();
    await until(() => asked() === 2, 'a wake reaches the server');
    const before = woken();
    server.wakeAll();
    await until(() => woken() > before, 'a wake reaches the client');
    assert.equal(statSync(join(folder, 'wake.sock')).mode & 0o777, 0o600);
  });

test('a socket file that a killed owner left is replaced, and the file goes with its server', async (context) => {
  const folder = testFolder(context);
  const killed = `require('net').createServer().listen(${JSON.stringify(join(folder, 'wake.sock'))},
    () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', killed]);
  assert.ok(existsSync(join(folder, 'wake.sock')));
  const { server, count } = await serverIn(context, folder);
  const { client } = clientIn(context, folder);
  client.wake();
  await until(() => count() === 1, 'the new owner is reached');
  await server.close();
  assert.ok(!existsSync(join(folder, 'wake.sock')));
});

test('the end of the owner wakes the client, and the next owner is found', async (context) => {
  const folder = testFolder(context);
  const { client, count } = clientIn(context, folder);
  client.wake();
  await delay(50);
  assert.deepEqual([client.isConnected, count()], [false, 0]);
  const { server } = await serverIn(context, folder);
  client.wake();
  await until(() => client.isConnected, 'the owner is there');
  const before = count();
  await server.close();
  await until(() => count() > before && !client.isConnected, 'its end is told');
  const next = await serverIn(context, folder);
  client.wake();
  await until(() => next.count() > 0 && client.isConnected, 'the next owner is there');
});
