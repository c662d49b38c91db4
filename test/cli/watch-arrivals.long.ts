import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { consolidating, runCli, Watching } from '../support/cli.ts';
import { filesBelow, groupsIn, placesBelow, shaList, testFolder } from '../support/folders.ts';
import { drawPictures, type Picture } from '../support/pictures.ts';

const drawn = await drawPictures(250, 5);

/** A thousand files, no two with the same bytes. */
const pictures = Array.from({ length: 1_000 }, (_, i): Picture => {
  const { name, place, bytes } = drawn[i % drawn.length] as Picture;
  return { name: `take-${Math.floor(i / drawn.length)}-${name}`, place, bytes: withComment(bytes, `${i}`) };
});

/** Inserts a JPEG comment segment behind the start marker. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(text, 'latin1'), jpeg.subarray(2)]);
}

type Way = (pictures: readonly Picture[], inbox: string, aside: string) => Promise<void> | void;

/** The ways of arrival; each gets a source folder. */
const ways: Record<string, Way> = {
  'by cp': (some, inbox, aside) => {
    fill(aside, some);
    execFileSync('cp', ['-r', `${aside}/.`, inbox]);
  },
  'by mv': (some, inbox, aside) => {
    fill(aside, some);
    execFileSync('sh', ['-c', 'mv "$0"/* "$1"/', aside, inbox]);
  },
  'by rsync, which writes under another name first': (some, inbox) => {
    for (const { name, bytes } of some) {
      const unfinished = join(inbox, `.${name}.Xy3kQ2`);
      writeFileSync(unfinished, bytes);
      renameSync(unfinished, join(inbox, name));
    }
  },
  'by slow writers': async (some, inbox) => {
    await Promise.all(some.map(({ name, bytes }) => writeSlowly(join(inbox, name), bytes)));
  },
  'in a folder that is moved in': (some, inbox, aside) => {
    fill(join(aside, 'day', 'one'), some);
    renameSync(join(aside, 'day'), join(inbox, 'day'));
  },
};

function fill(folder: string, some: readonly Picture[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, bytes } of some) writeFileSync(join(folder, name), bytes);
}

async function writeSlowly(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'w');
  const step = Math.ceil(bytes.length / 4);
  for (let at = 0; at < bytes.length; at += step) {
    if (at > 0) await delay(300);
    await file.write(bytes.subarray(at, at + step));
  }
  await file.close();
}

const shasOf = (library: string) =>
  Array.from(groupsIn(library).values())
    .flat()
    .map(({ sha }) => sha)
    .sort();

/** Excludes framesort's own files. */
const outside = (line: string) => !line.includes('.framesort/');

function places(folder: string) {
  const { inbox, library, state } = placesBelow(folder);
  mkdirSync(inbox, { recursive: true });
  return { inbox, library, state, args: ['--inbox', inbox, '--library', library, '--state', state] };
}

async function status(state: string, library: string) {
  const { stdout } = await runCli(['status', '--json', '--library', library, '--state', state]);
  return JSON.parse(stdout);
}

test('a thousand pictures that come in five ways at once, with a stop midway, are all filed once', async (context) => {
  const folder = testFolder(context);
  const { inbox, library, state, args } = places(folder);
  const all = join(folder, 'all');
  fill(all, pictures);
  const expected = filesBelow(all)
    .map(({ sha }) => sha)
    .sort();

  const first = await new Watching(args, { env: consolidating }).ready();
  const share = pictures.length / Object.keys(ways).length;
  const arriving = Object.values(ways).map((way, i) =>
    way(pictures.slice(i * share, (i + 1) * share), inbox, join(folder, `aside-${i}`)),
  );
  await first.until(() => first.logged('filed').length >= 100, 'a hundred pictures are filed');
  const running = await status(state, library);
  assert.deepEqual([running.running, running.state, running.pid], [true, 'running', first.pid]);
  assert.equal(await first.end(), 0);
  await Promise.all(arriving);

  const stopped = await status(state, library);
  assert.deepEqual([stopped.running, stopped.state], [false, 'stopped']);
  assert.equal(stopped.store.frames, shasOf(library).length);
  assert.equal(stopped.store.planned, 0);

  const second = await new Watching(args, { env: consolidating }).ready();
  const rest = expected.length - stopped.store.frames;
  await second.until(() => second.logged('filed').length >= rest, 'the rest is filed');
  assert.equal(await second.end(), 0);
  assert.deepEqual(shasOf(library), expected);
  assert.deepEqual(filesBelow(inbox), []);
  const verified = await runCli(['verify', '--deep', '--library', library, '--state', state]);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
});

test('a stop midway, gentle or at once, changes nothing about where pictures end', async (context) => {
  const some = pictures.slice(0, 240);
  const libraries: string[] = [];
  for (const stops of [[], ['SIGTERM'], ['SIGTERM', 'SIGINT']] as NodeJS.Signals[][]) {
    const folder = testFolder(context);
    const { inbox, library, args } = places(folder);
    fill(inbox, some);
    libraries.push(library);
    let filed = 0;
    if (stops.length > 0) {
      const first = new Watching(args);
      await first.until(() => first.logged('filed').length >= 60, 'some pictures are filed');
      for (const signal of stops.slice(0, -1)) process.kill(first.pid, signal);
      await first.end(stops.at(-1));
      filed = shasOf(library).length;
      assert.ok(filed < some.length, 'the stop came midway');
    }
    const second = new Watching(args);
    await second.until(() => readdirSync(inbox).length === 0, 'the inbox is empty');
    assert.equal(await second.end(), 0);
    assert.equal(shasOf(library).length, some.length);
  }
  const [calm, gentle, atOnce] = libraries.map((library) => shaList(library).filter(outside));
  assert.deepEqual(gentle, calm);
  assert.deepEqual(atOnce, calm);
});

test('a file that is replaced under its name by another picture is a new arrival', async (context) => {
  const { inbox, library, args } = places(testFolder(context));
  const [one, two] = pictures.slice(0, 2) as [Picture, Picture];
  const daemon = await new Watching([...args, '--mode', 'copy']).ready();
  for (const { bytes } of [one, two]) {
    const filed = daemon.logged('filed').length;
    const unfinished = join(dirname(inbox), 'next');
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, join(inbox, 'latest.jpg'));
    await daemon.until(() => daemon.logged('filed').length > filed, 'the picture is filed');
  }
  assert.equal(await daemon.end(), 0);
  assert.equal(new Set(shasOf(library)).size, 2);
  assert.equal(shasOf(library).length, 2);
});
