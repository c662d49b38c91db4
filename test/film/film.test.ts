import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FilmFrame, planFilm } from '../../film/film.ts';
import { places } from '../../film/places/places.ts';
import { renderFrame } from '../../film/renderer.ts';

const size = { width: 96, height: 64 };
const HOUR_MS = 3_600_000;

test('the same seed plans the same film, another seed another one', () => {
  assert.deepEqual(planFilm({ seed: 7 }), planFilm({ seed: 7 }));
  assert.notDeepEqual(planFilm({ seed: 7 }), planFilm({ seed: 8 }));
});

test('a film has as many frames as asked for, numbered in order', () => {
  for (const count of [1, 2, 13, 60, 240, 500]) {
    const { frames } = planFilm({ frames: count });
    assert.deepEqual(
      frames.map(({ index }) => index),
      Array.from({ length: count }, (_, index) => index),
    );
  }
});

test('a film of the usual length shows every place and revisits each', () => {
  const film = planFilm();
  assert.deepEqual([...film.places].sort(), places.map(({ name }) => name).sort());
  assert.ok(film.places.length >= 8);
  for (const place of film.places)
    assert.ok(shotsOf(film.frames, place).size >= 2, `${place} is seen only once`);
});

test('a revisit has another light and another pose', () => {
  const film = planFilm();
  for (const place of film.places) {
    const firsts = [...shotsOf(film.frames, place).values()];
    for (const [at, frame] of firsts.entries()) {
      const before = firsts[at - 1];
      if (before === undefined) continue;
      assert.notDeepEqual(frame.light, before.light);
      assert.notDeepEqual(frame.camera, before.camera);
    }
  }
});

test('consecutive shots show different places', () => {
  for (const [before, frame] of pairs(planFilm({ seed: 3, frames: 400 }).frames)) {
    assert.equal(before.shot === frame.shot, before.place === frame.place);
  }
});

test('film time rises by 0.2 to 5 s within a shot and by at most an hour between shots', () => {
  for (const [before, frame] of pairs(planFilm({ seed: 5 }).frames)) {
    const stepMs = frame.timeMs - before.timeMs;
    if (before.shot === frame.shot) assert.ok(stepMs >= 200 && stepMs <= 5_000, `${stepMs} ms in a shot`);
    else assert.ok(stepMs > 0 && stepMs <= HOUR_MS, `${stepMs} ms between shots`);
  }
});

test('equal frames give equal pixels, whatever was drawn before', () => {
  const [first, , , last] = oneFrameOfEach(planFilm());
  const before = renderFrame(first as FilmFrame, size);
  renderFrame(last as FilmFrame, size);
  assert.deepEqual(renderFrame(first as FilmFrame, size), before);
});

test('every place fills a picture of any size with a healthy range of tones', () => {
  for (const frame of oneFrameOfEach(planFilm())) {
    for (const { width, height } of [size, { width: 41, height: 57 }]) {
      const pixels = renderFrame(frame, { width, height });
      assert.equal(pixels.length, width * height * 3);
      assert.ok(spread(pixels) > 60, `${frame.place} is flat`);
      assert.ok(mean(pixels) > 25 && mean(pixels) < 225, `${frame.place} is too dark or too bright`);
    }
  }
});

test('frames of one shot are more similar than frames of different places', () => {
  const sample = planFilm({ seed: 2 }).frames.filter(({ shot }) => shot < places.length);
  const seen = sample.map((frame) => ({ frame, thumb: crude(renderFrame(frame, size)) }));
  let [right, asked] = [0, 0];
  for (const one of seen) {
    const others = seen.filter((other) => other !== one);
    const nearest = others.reduce((a, b) => (apart(one.thumb, a.thumb) <= apart(one.thumb, b.thumb) ? a : b));
    asked += 1;
    if (nearest.frame.place === one.frame.place) right += 1;
  }
  assert.ok(right / asked > 0.97, `${right} of ${asked} frames have a nearest one of their place`);
});

/** The first frame of each shot of a place. */
function shotsOf(frames: readonly FilmFrame[], place: string): Map<number, FilmFrame> {
  const shots = new Map<number, FilmFrame>();
  for (const frame of frames) {
    if (frame.place === place && !shots.has(frame.shot)) shots.set(frame.shot, frame);
  }
  return shots;
}

function pairs(frames: readonly FilmFrame[]): [FilmFrame, FilmFrame][] {
  return frames.slice(1).map((frame, at) => [frames[at] as FilmFrame, frame]);
}

function oneFrameOfEach(film: { readonly frames: readonly FilmFrame[] }): FilmFrame[] {
  return places.map(({ name }) => film.frames.find(({ place }) => place === name) as FilmFrame);
}

function mean(pixels: Uint8Array): number {
  return pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
}

/** Distance from the 2nd to the 98th of a hundred pixels ordered by tone. */
function spread(pixels: Uint8Array): number {
  const sorted = [...pixels].sort((a, b) => a - b);
  return (
    (sorted[Math.floor(sorted.length * 0.98)] as number) -
    (sorted[Math.floor(sorted.length * 0.02)] as number)
  );
}

/** Mean colours of a grid of 12 x 8 fields. */
function crude(pixels: Uint8Array): number[] {
  const fields = new Array<number>(12 * 8 * 3).fill(0);
  for (let at = 0; at < pixels.length; at++) {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const [column, row] = [Math.floor((pixel % size.width) / 8), Math.floor(pixel / size.width / 8)];
    const field = (row * 12 + column) * 3 + channel;
    fields[field] = (fields[field] as number) + (pixels[at] as number) / 64;
  }
  return fields;
}

function apart(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] as number)), 0);
}
