import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import heldOutSources from '../../models/builtin/recipe/held-out.json' with { type: 'json' };
import type { Pixels } from '../../src/domain/pixels.ts';

/** Sources reserved for the calibration. */
const heldOut: ReadonlySet<string> = new Set(heldOutSources);

export interface Row {
  readonly at: number;
  readonly group: string;
  readonly source: string;
}

/** Training pictures prepared by models/builtin/recipe/prepare.ts: squares, RGB, one after another. */
export class Prepared {
  readonly #pixels: number;
  readonly #bytesEach: number;
  /** Side of a picture, pixels. */
  readonly side: number;
  readonly held: readonly Row[];
  readonly others: readonly Row[];

  constructor(folder: string) {
    const lines: Record<string, string>[] = parse(readFileSync(join(folder, 'pictures.csv')), {
      columns: true,
    });
    const rows = lines.map(({ group = '', source = '' }, at) => ({ at, group, source }));
    this.held = rows.filter(({ source }) => heldOut.has(source));
    this.others = rows.filter(({ source }) => !heldOut.has(source));
    this.#pixels = openSync(join(folder, 'pixels.u8'), 'r');
    this.#bytesEach = fstatSync(this.#pixels).size / rows.length;
    this.side = Math.sqrt(this.#bytesEach / 3);
  }

  read(rows: readonly Row[]): Uint8Array {
    const bytes = Buffer.alloc(rows.length * this.#bytesEach);
    for (const [i, { at }] of rows.entries())
      readSync(this.#pixels, bytes, i * this.#bytesEach, this.#bytesEach, at * this.#bytesEach);
    return bytes;
  }

  /** Returns each row as a picture. */
  pixels(rows: readonly Row[]): Pixels[] {
    const bytes = this.read(rows);
    return rows.map((_, i) => ({
      data: bytes.subarray(i * this.#bytesEach, (i + 1) * this.#bytesEach),
      width: this.side,
      height: this.side,
    }));
  }

  close(): void {
    closeSync(this.#pixels);
  }
}
