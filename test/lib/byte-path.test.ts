import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBytes, printable, toBytes, toSystem } from '../../src/lib/fs/byte-path.ts';
import { seededRandom } from '../../src/lib/random.ts';

const cases: Record<string, number[]> = {
  ascii: [0x61, 0x2f, 0x62],
  'two, three and four byte characters': [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80],
  'Latin-1': [0x63, 0x61, 0x66, 0xe9],
  'a character cut short': [0x61, 0xe2, 0x82],
  'a lone continuation byte': [0x80, 0x61],
  'an overlong slash': [0xc0, 0xaf],
  'an encoded surrogate, like those that stand for stray bytes': [0xed, 0xb2, 0x80],
  'beyond Unicode': [0xf5, 0x80, 0x80, 0x80],
  'bytes that UTF-8 never has': [0xfe, 0xff],
  'a byte order mark': [0xef, 0xbb, 0xbf, 0x61],
  'a stray byte between two four byte characters': [0xf0, 0x9f, 0x98, 0x80, 0xff, 0xf0, 0x9f, 0x98, 0x80],
  newline: [0x61, 0x0a, 0x62],
  nothing: [],
};

for (const [what, bytes] of Object.entries(cases)) {
  test(`${what} survives the way into a string and back`, () => {
    assert.deepEqual(toBytes(fromBytes(Buffer.from(bytes))), Buffer.from(bytes));
  });
}

test('every pair of bytes survives the way into a string and back', () => {
  for (let pair = 0; pair < 0x10000; pair++) {
    const bytes = Buffer.of(pair >> 8, pair & 0xff);
    assert.ok(toBytes(fromBytes(bytes)).equals(bytes), bytes.toString('hex'));
  }
});

test('random bytes, rich in near-characters, survive the way into a string and back', () => {
  const random = seededRandom(7);
  const starts = [0x41, 0x80, 0xbf, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0xff];
  for (let round = 0; round < 5_000; round++) {
    const bytes = Buffer.from(
      Array.from({ length: random.below(12) }, () =>
        random.next() < 0.7 ? random.pick(starts) : random.below(256),
      ),
    );
    assert.ok(toBytes(fromBytes(bytes)).equals(bytes), bytes.toString('hex'));
  }
});

test('different bytes give different strings', () => {
  const seen = new Set(
    Array.from({ length: 0x10000 }, (_, pair) => fromBytes(Buffer.of(pair >> 8, pair & 0xff))),
  );
  assert.equal(seen.size, 0x10000);
});

test('a UTF-8 name goes to the system as a string, a name with stray bytes as bytes', () => {
  assert.equal(toSystem('/in/é.jpg'), '/in/é.jpg');
  assert.deepEqual(toSystem(fromBytes(Buffer.of(0x2f, 0xe9))), Buffer.of(0x2f, 0xe9));
});

test('a printable path stays on one line and escapes stray bytes', () => {
  assert.equal(printable('a\nb\u001b[31m'), 'a\\x0ab\\x1b[31m');
  assert.equal(printable(fromBytes(Buffer.of(0x61, 0xe9))), 'a\\xe9');
  assert.equal(printable('é 😀.jpg'), 'é 😀.jpg');
});
