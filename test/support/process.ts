import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Decoder processes of `pid`. */
export function decodersOf(pid: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((one) => parentOf(one) === pid && /decode/.test(commandOf(one))).map(Number);
}

export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && stateOf(`${pid}`) !== 'Z';
}

/** Resident memory of a process, bytes. */
export function memoryOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4_096;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function parentOf(pid: string): number | undefined {
  return Number(fieldsOf(pid)[1]);
}

function stateOf(pid: string): string | undefined {
  return fieldsOf(pid)[0];
}

/** Fields behind the name, which may contain spaces: state, parent… */
function fieldsOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // just ended
  }
}
