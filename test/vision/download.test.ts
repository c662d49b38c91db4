import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FatalError, TransientError } from '../../src/lib/errors.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { fetchVerified } from '../../src/vision/models/download/fetch-verified.ts';
import { openHttp } from '../../src/vision/models/download/http.ts';
import { downloadUrls } from '../../src/vision/models/download/urls.ts';
import { HastyClock } from '../support/clock.ts';
import { type Behaviour, FileServer } from '../support/file-server.ts';
import { tempFolder } from '../support/temp.ts';

/** Downloads over HTTP from misbehaving servers always give the expected file or an error. */

const size = 300_000;
const right = bytesOf(1);
const wrong = bytesOf(2);
const expected = { bytes: size, sha256: hashOf(right) };

function bytesOf(seed: number): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length: size }, () => random.below(256)));
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function serve(context: TestContext, content: Uint8Array, behaviours: Behaviour[] = ['good']) {
  return new FileServer(content, behaviours).open(context);
}

interface Fetching {
  readonly part: string;
  readonly run: () => Promise<void>;
}

function fetching(context: TestContext, ...places: readonly string[]): Fetching {
  const part = join(tempFolder(context), 'model.part');
  const http = openHttp();
  context.after(() => http.close());
  const clock = new HastyClock();
  const tools = { http, clock, signal: new AbortController().signal, onBytes: () => {} };
  return { part, run: () => fetchVerified(places, part, expected, tools) };
}

async function fails(run: () => Promise<void>, words: RegExp, exitCode = 1): Promise<void> {
  await assert.rejects(run, (error: unknown) => {
    assert.ok(error instanceof FatalError && error.hint, `${error}`);
    assert.match(error.message, words);
    assert.equal(error.exitCode, exitCode);
    return true;
  });
}

function arrived({ part }: Fetching): void {
  assert.ok(readFileSync(part).equals(right));
}

test('a download interrupted twice resumes', async (context) => {
  let part = '';
  const cutAt = (bytes: number, after: number) => ({
    cutAfter: after,
    once: () => existsSync(part) && statSync(part).size >= bytes,
  });
  const server = await serve(context, right, [cutAt(100_000, 100_000), cutAt(150_000, 50_000), 'good']);
  const fetch = fetching(context, `${server.address}/model.onnx`);
  part = fetch.part;
  await fetch.run();
  arrived(fetch);
  assert.deepEqual(
    server.asked.map(({ range }) => range),
    [undefined, 'bytes=100000-', 'bytes=150000-'],
  );
});

test('a partial download of an earlier run is resumed', async (context) => {
  const server = await serve(context, right);
  const fetch = fetching(context, server.address);
  writeFileSync(fetch.part, right.subarray(0, 200_000));
  await fetch.run();
  arrived(fetch);
  assert.deepEqual(
    server.asked.map(({ range }) => range),
    ['bytes=200000-'],
  );
  await fetch.run();
  assert.equal(server.asked.length, 1); // complete: no request
});

test('a server without ranges is asked for the whole again', async (context) => {
  const server = await serve(context, right, [{ cutAfter: 100_000, ranges: false }, 'no-ranges']);
  const fetch = fetching(context, server.address);
  await fetch.run();
  arrived(fetch);
  assert.equal(server.asked.length, 2);
});

test('a file that changes between two requests is fetched from its beginning', async (context) => {
  const server = await serve(context, right, [{ cutAfter: 100_000 }, 'good']);
  const fetch = fetching(context, server.address);
  const running = fetch.run();
  while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  server.tag = '"second"';
  await running;
  arrived(fetch);
});

test('wrong bytes are deleted, and the message names both hashes', async (context) => {
  const server = await serve(context, wrong);
  const fetch = fetching(context, server.address);
  await fails(fetch.run, new RegExp(`sha256 ${hashOf(wrong)}, not ${expected.sha256}`));
  assert.ok(!existsSync(fetch.part));
});

test('if one URL gives wrong bytes, the next URL is tried', async (context) => {
  const [bad, good] = [await serve(context, wrong), await serve(context, right)];
  const fetch = fetching(context, bad.address, good.address);
  await fetch.run();
  arrived(fetch);
});

test('a wrong beginning from another URL does not spoil a good download', async (context) => {
  const server = await serve(context, right);
  const fetch = fetching(context, server.address);
  writeFileSync(fetch.part, wrong.subarray(0, 1000));
  await fetch.run();
  arrived(fetch);
  assert.deepEqual(
    server.asked.map(({ range }) => range),
    ['bytes=1000-', undefined],
  );
});

test('the message lists every failed URL, with its reason', async (context) => {
  const servers = [
    await serve(context, right, [{ status: 404 }]),
    await serve(context, right.subarray(1)),
    await serve(context, Buffer.concat([right, wrong])),
  ];
  const fetch = fetching(context, ...servers.map(({ address }) => address));
  await fails(fetch.run, /answers 404[\s\S]*has 299999 bytes, not 300000[\s\S]*has 600000 bytes/);
});

test('a wrong range is rejected', async (context) => {
  const server = await serve(context, right, [{ cutAfter: 100_000 }, 'wrong-range']);
  const fetch = fetching(context, server.address);
  await fails(fetch.run, /wrong range/);
});

test('a busy server is retried', async (context) => {
  const server = await serve(context, right, [{ status: 503 }, { status: 429 }, 'good']);
  const fetch = fetching(context, server.address);
  await fetch.run();
  arrived(fetch);
});

test('a redirect keeps the range', async (context) => {
  const store = await serve(context, right, [{ cutAfter: 100_000 }, 'good']);
  const hub = await serve(context, right, [{ redirectTo: `${store.address}/blob` }]);
  const fetch = fetching(context, hub.address);
  await fetch.run();
  arrived(fetch);
  assert.ok(store.asked[1]?.range);
});

test('if nothing answers, the hint is to retry later', async (context) => {
  const server = await serve(context, right);
  const { address } = server;
  server.close();
  await fails(fetching(context, address).run, /nothing answers at this address/, 75);
});

test('an untrusted certificate is refused with a reason', async (context) => {
  const pem = (name: string) => readFileSync(new URL(`../fixtures/tls-${name}.pem`, import.meta.url));
  const tls = { key: pem('key'), cert: pem('certificate') };
  const server = await new FileServer(right, ['good'], tls).open(context);
  await fails(
    fetching(context, server.address).run,
    /certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
  );
  assert.equal(server.asked.length, 0);
});

test('a full disk is reported, not blamed on the URL', async (context) => {
  const server = await serve(context, right);
  const fetch = fetching(context, server.address);
  symlinkSync('/dev/full', fetch.part);
  await assert.rejects(fetch.run, (error: unknown) => {
    assert.ok(error instanceof TransientError && error.hint, `${error}`);
    assert.match(error.message, /the disk is full/);
    return true;
  });
});

test('a configured proxy is used', async (context) => {
  const server = await serve(context, right);
  const through: string[] = [];
  const proxy = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
    through.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  context.after(() => proxy.close().closeAllConnections());
  process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  context.after(() => delete process.env.http_proxy);
  const fetch = fetching(context, server.address);
  await fetch.run();
  arrived(fetch);
  assert.deepEqual(through, [new URL(server.address).host]);
});

test('mirrors come first, the endpoint replaces the hub, the published address is last', () => {
  const urls = ['https://huggingface.co/a/b/resolve/main/c.onnx', 'https://other.example/c.onnx'];
  assert.deepEqual(downloadUrls(urls, [], undefined), urls);
  assert.deepEqual(downloadUrls(urls, [], 'http://hub.local/'), [
    'http://hub.local/a/b/resolve/main/c.onnx',
    urls[1],
  ]);
  assert.deepEqual(downloadUrls(urls, ['http://mirror.local/x'], undefined), [
    'http://mirror.local/x/a/b/resolve/main/c.onnx',
    'http://mirror.local/x/c.onnx',
    ...urls,
  ]);
});
