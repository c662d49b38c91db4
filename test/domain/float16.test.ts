import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHalf, toHalf } from '../../src/domain/similarity/float16.ts';
import { seededRandom } from '../../src/lib/random.ts';

const halves = Uint16Array.from({ length: 0x10000 }, (_, half) => half);
const values = fromHalf(halves);

test('every half survives conversion to float and back; all NaN become the same', () => {
  const back = toHalf(values);
  for (const half of halves) {
    const isNoNumber = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
    const expected = isNoNumber ? [0x7e00, 0xfe00] : [half];
    assert.ok(expected.includes(back[half] as number), `${half} came back as ${back[half]}`);
  }
});

test('known values', () => {
  const known = [0, 1, -2, 65504, 2 ** -14, 2 ** -24, Number.POSITIVE_INFINITY];
  assert.deepEqual(
    Array.from(toHalf(Float32Array.from(known))),
    [0x0000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00],
  );
});

test('a tie rounds to the even half, and a value beside a tie to the nearer half', () => {
  for (let half = 0; half < 0x7bff; half++) {
    const [below, above] = [values[half] as number, values[half + 1] as number];
    const middle = (below + above) / 2; // one bit more than a half, exact in a float
    const even = half % 2 === 0 ? half : half + 1;
    assert.equal(toHalf(Float32Array.of(middle))[0], even, `between ${below} and ${above}`);
    const hair = middle * 2 ** -22;
    assert.equal(toHalf(Float32Array.of(middle - hair))[0], half);
    assert.equal(toHalf(Float32Array.of(middle + hair))[0], half + 1);
    assert.equal(toHalf(Float32Array.of(-middle))[0], even | 0x8000);
  }
});

test('too large values become infinite, too small values zero', () => {
  assert.equal(toHalf(Float32Array.of(65519.99))[0], 0x7bff);
  assert.equal(toHalf(Float32Array.of(65520))[0], 0x7c00);
  assert.equal(toHalf(Float32Array.of(-1e30))[0], 0xfc00);
  assert.equal(toHalf(Float32Array.of(2 ** -25))[0], 0);
  assert.equal(toHalf(Float32Array.of(2 ** -25 * 1.01))[0], 1);
});

test('any value comes back within half a step', () => {
  const random = seededRandom(1);
  const some = Float32Array.from({ length: 10_000 }, () => random.between(-1, 1));
  const back = fromHalf(toHalf(some));
  some.forEach((value, i) => {
    assert.ok(Math.abs((back[i] as number) - value) <= Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
  });
});
