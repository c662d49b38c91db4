import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderFault, folderName, unknownPlaceholders } from '../../src/domain/group-naming.ts';
import { freeName, nameForAttempt } from '../../src/domain/placement.ts';
import { fromBytes, toBytes } from '../../src/lib/fs/byte-path.ts';

const bytes = (text: string) => toBytes(text).length;
const facts = { number: 7, capturedMs: Date.UTC(2024, 0, 31, 12, 1, 2), fileName: 'beach.day.jpg' };

test('a template is filled with number, date, time and the first file’s name', () => {
  assert.equal(folderName('scene-{number}', facts), 'scene-0007');
  assert.equal(folderName('{date} {time} {name}', facts), '2024-01-31 12-01-02 beach.day');
  assert.equal(folderName('{number}', { ...facts, number: 123_456 }), '123456');
});

test('a folder name leads nowhere else and is not hidden', () => {
  assert.equal(folderName('a/{name}', { ...facts, fileName: '../../etc.jpg' }), 'a_.._.._etc');
  assert.equal(folderName('{name}', { ...facts, fileName: '..hidden.jpg' }), '_hidden');
});

test("a user's group name must be valid on every file system", () => {
  const untrackedFile = fromBytes(Buffer.from('\xff', 'latin1'));
  for (const name of ['beach', 'Île, été', 'a.b', '-rf', 'ü'.repeat(127), '\u{1f4f7}', untrackedFile])
    assert.equal(folderFault(name, bytes), undefined, name);
  for (const name of [
    '',
    ' ',
    '.',
    '..',
    '.framesort',
    'a/b',
    '/',
    'a\0',
    'a\n',
    '\u0085',
    ' a',
    'a ',
    'a.',
    'ü'.repeat(128),
  ])
    assert.notEqual(folderFault(name, bytes), undefined, JSON.stringify(name));
});

test('unknown placeholders are found', () => {
  assert.deepEqual(unknownPlaceholders('{number} {camera} {}'), ['camera', '']);
  assert.deepEqual(unknownPlaceholders('scene-{number}-{name}'), []);
});

test('a clash adds a number before the extension, or at the end of names without an extension and hidden names', () => {
  assert.equal(nameForAttempt('a.tar.gz', 1, bytes), 'a.tar.gz');
  assert.equal(nameForAttempt('a.tar.gz', 2, bytes), 'a.tar (2).gz');
  assert.equal(nameForAttempt('README', 3, bytes), 'README (3)');
  assert.equal(nameForAttempt('.png', 2, bytes), '.png (2)');
});

test('long names stay within 255 bytes, whatever their characters', () => {
  const untrackedFile = fromBytes(Buffer.from('\xff', 'latin1'));
  for (const character of ['n', 'ü', '\u{1f4f7}', untrackedFile]) {
    const name = `${character.repeat(Math.floor(251 / bytes(character)))}.jpg`;
    const next = nameForAttempt(name, 1_000, bytes);
    assert.ok(bytes(next) <= 255 && bytes(next) > 245, `${bytes(next)} bytes`);
    assert.ok(next.endsWith(' (1000).jpg'));
    assert.ok(name.startsWith(next.slice(0, -' (1000).jpg'.length)));
  }
});

test('a suffix of nearly the whole name is no extension: there is room for the number', () => {
  const name = `b.${'e'.repeat(253)}`;
  assert.equal(nameForAttempt(name, 1, bytes), name);
  assert.equal(nameForAttempt(name, 2, bytes), `${name.slice(0, 251)} (2)`);
});

test('a name too long for file systems is cut at the first attempt, between characters', () => {
  assert.equal(nameForAttempt(`${'山'.repeat(100)}.jpg`, 1, bytes), `${'山'.repeat(83)}.jpg`);
  assert.equal(nameForAttempt('n'.repeat(300), 1, bytes), 'n'.repeat(255));
});

test('the first free name is found with few look-ups among many names', async () => {
  for (const used of [0, 1, 2, 7, 100, 9_999]) {
    const taken = new Set(Array.from({ length: used }, (_, i) => nameForAttempt('a.jpg', i + 1, bytes)));
    let looks = 0;
    const isTaken = (name: string) => {
      looks++;
      return taken.has(name);
    };
    assert.equal(await freeName('a.jpg', isTaken, bytes), nameForAttempt('a.jpg', used + 1, bytes));
    assert.ok(looks <= 40);
  }
});
