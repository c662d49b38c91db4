import { readFileSync } from 'node:fs';

/** Memory of this process, from the system. */

export interface MemoryUse {
  readonly residentMb: number;
  readonly ownMb: number;
  readonly mappedMb: number;
}

/** CPU time so far, ms: of all threads, and of the deciding main thread. */
export function cpuMs() {
  const { user, system } = process.cpuUsage();
  return { all: (user + system) / 1000, deciding: threadCpuMs() };
}

/** CPU time of the main thread; the system counts in hundredths of a second. */
function threadCpuMs(): number {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Memory of this process. Own: anonymous pages. Mapped: pages of files, which the system can reclaim. */
export function memoryUse(): MemoryUse {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  return { residentMb: mb('VmRSS'), ownMb: mb('RssAnon'), mappedMb: mb('RssFile') + mb('RssShmem') };
}
