import { messageOf } from '../../lib/errors.ts';
import type { Progress } from '../../lib/progress.ts';

const onTerminalEveryMs = 200;
const elsewhereEveryMs = 10_000;
const barWidth = 24;

/** Nouns of the counted things. */
export interface Unit {
  readonly count: (done: number, known: number) => string;
  readonly rate: (perSecond: number) => string;
}

const picturesUnit: Unit = {
  count: (done, known) => `${done} of ${known} pictures`,
  rate: (perSecond) => `${perSecond.toFixed(1)}/s`,
};

export const bytesUnit: Unit = {
  count: (done, known) => `${megabytes(done)} of ${megabytes(known)} MB`,
  rate: (perSecond) => `${megabytes(perSecond)} MB/s`,
};

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** Shows a bar with rate and remaining time on a terminal, and a line every 10 s elsewhere. */
export function startProgress(
  look: () => Progress | Promise<Progress>,
  unit = picturesUnit,
): { stop(): void } {
  const isTerminal = process.stderr.isTTY === true;
  const startedMs = performance.now();
  let isStopped = false;
  const show = async () => {
    const line = describe(await look(), (performance.now() - startedMs) / 1000, unit);
    if (isStopped) return;
    process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(() => void attempt(show), isTerminal ? onTerminalEveryMs : elsewhereEveryMs);
  return {
    stop() {
      isStopped = true;
      clearInterval(timer);
      if (isTerminal) process.stderr.write('\r\x1b[K');
    },
  };
}

function describe({ done, known }: Progress, seconds: number, unit: Unit): string {
  const share = known === 0 ? 0 : done / known;
  const bar = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░');
  const rate = done / seconds;
  const leftSeconds = rate > 0 ? Math.ceil((known - done) / rate) : Number.POSITIVE_INFINITY;
  const left = Number.isFinite(leftSeconds) ? `, ${leftSeconds} s left` : '';
  return `${bar} ${unit.count(done, known)}, ${unit.rate(rate)}${left}`;
}

/** A bar must never end the work. */
async function attempt(show: () => Promise<void>): Promise<void> {
  try {
    await show();
  } catch (error) {
    process.stderr.write(`(no progress to show: ${messageOf(error)})\n`);
  }
}
