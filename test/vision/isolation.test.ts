import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FrameError, type FrameErrorReason } from '../../src/domain/frame-error.ts';
import type { PixelSpec } from '../../src/domain/pixels.ts';
import { FatalError } from '../../src/lib/errors.ts';
import { openDecoderPool } from '../../src/vision/decode/process/decoder-pool.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';
import { bmpOf } from '../support/bmp.ts';
import { until } from '../support/cli.ts';
import { testFolder } from '../support/folders.ts';
import { heicOf } from '../support/heic.ts';
import { hugePng } from '../support/hostile.ts';
import { jpegXl } from '../support/jpeg-xl.ts';
import { type Misbehaviour, misbehavingOn } from '../support/misbehaving-decoder.ts';
import { drawPictures, truncated } from '../support/pictures.ts';
import { decodersOf, isRunning } from '../support/process.ts';
import { nefOf } from '../support/raw.ts';

const spec: PixelSpec = { width: 32, height: 32, resize: { mode: 'fill', kernel: 'lanczos3' } };
const settings = { pixelsMax: 1_000_000 };
const program = new URL('../support/misbehaving-decoder.ts', import.meta.url);
const pictures = (await drawPictures(8, 4)).map(({ bytes }) => bytes);
const [picture] = pictures as [Buffer];

async function openPool(context: TestContext, limits: { timeoutMs?: number; memoryBytesMax?: number } = {}) {
  const pool = await openDecoderPool({
    workers: 2,
    limits: { timeoutMs: 60_000, memoryBytesMax: 2 ** 40, ...limits },
    settings,
    program,
  });
  context.after(() => pool.close());
  const faultOf = async (bytes: Buffer): Promise<FrameErrorReason> => {
    const error = await pool.decode(bytes, spec).then(
      () => assert.fail('it was decoded'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof FrameError, `${error}`);
    return error.reason;
  };
  return { pool, faultOf };
}

test('decoder processes return the same pixels as a decoder in this process', async (context) => {
  const { pool } = await openPool(context);
  const own = sharpDecoder(settings);
  // One picture fits into the shared memory, the other travels in the message.
  const large = Buffer.concat([picture, Buffer.alloc(9 * 2 ** 20)]);
  for (const bytes of [...pictures, large]) {
    const [here, there] = [await own.decode(bytes, spec), await pool.decode(bytes, spec)];
    assert.deepEqual([there.pixels.width, there.pixels.height], [spec.width, spec.height]);
    assert.ok(Buffer.from(there.pixels.data).equals(here.pixels.data));
  }
});

test('the program of the daemon knows all formats', async (context) => {
  const pool = await openDecoderPool({
    workers: 1,
    limits: { timeoutMs: 60_000, memoryBytesMax: 2 ** 40 },
    settings,
  });
  context.after(() => pool.close());
  const own = sharpDecoder(settings);
  const bitmap = bmpOf({ width: 4, height: 4, bits: 24, data: Buffer.alloc(48, 200) });
  const raw = nefOf({ preview: picture, thumbnail: picture, orientation: 3 });
  for (const bytes of [bitmap, heicOf(), jpegXl, raw, picture]) {
    const [here, there] = [await own.decode(bytes, spec), await pool.decode(bytes, spec)];
    assert.ok(Buffer.from(there.pixels.data).equals(here.pixels.data));
    assert.deepEqual(there.taken, here.taken);
  }
});

const ends: readonly (readonly [
  Misbehaviour,
  FrameErrorReason,
  { timeoutMs?: number; memoryBytesMax?: number },
])[] = [
  ['crash', 'decoder-crashed', {}],
  ['leave', 'decoder-crashed', {}],
  ['loop', 'decoder-timed-out', { timeoutMs: 1_000 }],
  ['hang', 'decoder-timed-out', { timeoutMs: 1_000 }],
  ['eat-memory', 'decoder-out-of-memory', { memoryBytesMax: 400 * 2 ** 20 }],
  ['eat-heap', 'decoder-out-of-memory', { memoryBytesMax: 400 * 2 ** 20 }],
];
for (const [request, reason, limits] of ends) {
  test(`a picture that makes its decoder ${request} is the only one that is lost`, async (context) => {
    const { pool, faultOf } = await openPool(context, limits);
    const neighbours = pictures.map((bytes) => pool.decode(bytes, spec));
    assert.equal(await faultOf(misbehavingOn(picture, request)), reason);
    assert.equal((await Promise.all(neighbours)).length, pictures.length);
    await pool.decode(picture, spec);
  });
}

test('a process killed from outside costs no picture: it is retried', async (context) => {
  const { pool } = await openPool(context);
  const before = decodersOf(process.pid);
  const decoding = Promise.all(pictures.map((bytes) => pool.decode(bytes, spec)));
  for (const pid of before) process.kill(pid, 'SIGKILL');
  assert.equal((await decoding).length, pictures.length);
});

test('concurrent faults are attributed to the right pictures', async (context) => {
  const { faultOf } = await openPool(context);
  const wrong: readonly [Buffer, FrameErrorReason][] = [
    [Buffer.from('no picture'), 'not-an-image'],
    [truncated(picture), 'truncated'],
    [hugePng(60_000, 60_000), 'too-many-pixels'],
  ];
  const all = Array.from({ length: 60 }, (_, i) => wrong[i % wrong.length] as [Buffer, FrameErrorReason]);
  const found = await Promise.all(all.map(([one]) => faultOf(one)));
  assert.deepEqual(
    found,
    all.map(([, expected]) => expected),
  );
});

test('closing leaves no process behind', async (context) => {
  const { pool } = await openPool(context);
  const before = decodersOf(process.pid);
  assert.ok(before.length >= 2);
  await pool.close();
  assert.deepEqual(before.filter(isRunning), []);
});

test('a program that cannot start is an error of the installation, not of a picture', async () => {
  const broken = openDecoderPool({
    workers: 1,
    limits: { timeoutMs: 1_000, memoryBytesMax: 2 ** 30 },
    settings,
    program: new URL('../support/no-such-program.js', import.meta.url),
  });
  await assert.rejects(broken, FatalError);
});

test('a decoder in an endless loop ends when the process that started it is killed', async (context) => {
  const path = join(testFolder(context), 'loop.jpg');
  writeFileSync(path, misbehavingOn(picture, 'loop'));
  const host = fork(fileURLToPath(new URL('../support/decoding-host.ts', import.meta.url)), [path]);
  context.after(() => host.kill('SIGKILL'));
  await once(host, 'message');
  const decoders = decodersOf(host.pid as number);
  assert.equal(decoders.length, 1);
  host.kill('SIGKILL');
  await until(() => decoders.every((pid) => !isRunning(pid)), 'the decoder is gone');
});
