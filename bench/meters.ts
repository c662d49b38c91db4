import { readFileSync } from 'node:fs';

/** What the system says of this process. */

export interface MemoryUse {
  readonly residentMb: number;
  readonly ownMb: number;
  readonly mappedMb: number;
}

/** CPU time so far: of all threads, and of the first, which decides. */
export function cpuMs() {
  const { user, system } = process.cpuUsage();
  return { all: (user + system) / 1000, deciding: threadCpuMs() };
}

/** Of the first thread; the system counts in hundredths of a second. */
function threadCpuMs(): number {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Own: what only this process holds. Mapped: pages of files, which the system takes back when it needs them. */
export function memoryUse(): MemoryUse {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  return { residentMb: mb('VmRSS'), ownMb: mb('RssAnon'), mappedMb: mb('RssFile') + mb('RssShmem') };
}
