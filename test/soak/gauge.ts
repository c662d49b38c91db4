import { readdirSync, readFileSync, statSync } from 'node:fs';
import { decodersOf, memoryOf } from '../support/process.ts';
import { type Held, heldBy } from './held.ts';

export interface Sample {
  readonly seconds: number;
  readonly frames: number;
  /** Memory of the daemon, by kind. */
  readonly daemon: Held;
  readonly decodersBytes: number;
  /** Size of the store on disk. */
  readonly storeBytes: number;
  readonly openFiles: number;
  /** CPU time of all processes, s. */
  readonly cpu: number;
}

const ticksPerSecond = 100;

/** Measures a daemon from outside. */
export class Gauge {
  readonly #pid: number;
  readonly #state: string;
  readonly #startedMs = performance.now();
  readonly samples: Sample[] = [];

  constructor(pid: number, state: string) {
    this.#pid = pid;
    this.#state = state;
  }

  take(): Sample {
    const decoders = decodersOf(this.#pid);
    const sample = {
      seconds: (performance.now() - this.#startedMs) / 1_000,
      frames: this.#frames(),
      daemon: heldBy(this.#pid),
      decodersBytes: decoders.reduce((sum, pid) => sum + memoryOf(pid), 0),
      storeBytes: statSync(`${this.#state}/store/data.mdb`).size,
      openFiles: readdirSync(`/proc/${this.#pid}/fd`).length,
      cpu: [this.#pid, ...decoders].reduce((sum, pid) => sum + cpuOf(pid), 0),
    };
    this.samples.push(sample);
    return sample;
  }

  /** Frames reported by the daemon. */
  #frames(): number {
    try {
      return JSON.parse(readFileSync(`${this.#state}/status.json`, 'utf8')).sinceStart.frames;
    } catch {
      return 0; // no report yet
    }
  }
}

function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The least-squares slope of `y` over `x`. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}
