import { type Logger, pino, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
import { printable } from './fs/byte-path.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  /** `auto`: pretty on a terminal, JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'pretty';
}

/** Opens the log on stderr; stdout is reserved for data. Writes synchronously: a kill loses no line. */
export function openLog({ level, format }: LogOptions): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
  const serializers = { err: stdSerializers.err, source: printable, path: printable, file: printable };
  const options = { level, serializers, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (isPretty)
    return pino(options, pretty({ destination: 2, sync: true, colorize: hasColour(), singleLine: true }));
  const underJournal = process.env.JOURNAL_STREAM !== undefined;
  return pino(options, underJournal ? journal : pino.destination({ dest: 2, sync: true }));
}

function hasColour(): boolean {
  return process.stderr.isTTY === true && !process.env.NO_COLOR;
}

/** systemd reads a line's priority from a prefix; see sd-daemon(3). */
const journal = {
  write(line: string) {
    const level = Number(/"level":(\d+)/.exec(line)?.[1] ?? 30);
    process.stderr.write(`<${priorities.find(([from]) => level >= from)?.[1] ?? 7}>${line}`);
  },
};

const priorities = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
] as const;
