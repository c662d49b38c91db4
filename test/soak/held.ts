import { readFileSync } from 'node:fs';

/** Bytes of memory that a process holds, by what they are. */
export interface Held {
  readonly all: number;
  /** Its own: heaps, stacks, and the index that grows. The system can take back all the rest whenever it needs to. */
  readonly own: number;
  /** Pages of the store's file that were looked at. */
  readonly store: number;
  /** Pages of index segments that are files. */
  readonly index: number;
}

const kilobyte = 1_024;

export function heldBy(pid: number): Held {
  const held = { all: 0, own: 0, store: 0, index: 0 };
  let part: 'store' | 'index' | undefined;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
    const [word = '', value = ''] = line.split(/\s+/);
    const bytes = Number(value) * kilobyte;
    if (/^[0-9a-f]+-[0-9a-f]+$/.test(word)) part = partOf(line);
    else if (word === 'Anonymous:') held.own += bytes;
    else if (word === 'Rss:') {
      held.all += bytes;
      if (part !== undefined) held[part] += bytes;
    }
  }
  return held;
}

/** By the file that is mapped there; one that has lost its name keeps it here. */
function partOf(mapping: string): 'store' | 'index' | undefined {
  if (mapping.includes('/store/data.mdb')) return 'store';
  return mapping.includes('/segment-') ? 'index' : undefined;
}
