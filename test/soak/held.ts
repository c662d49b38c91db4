import { readFileSync } from 'node:fs';

/** Memory of a process by kind, bytes. */
export interface Held {
  readonly all: number;
  /** Its own: heaps, stacks, and the growing index segment. The system can reclaim all other memory. */
  readonly own: number;
  /** Mapped pages of the store's file. */
  readonly store: number;
  /** Mapped pages of index segments. */
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

/** By mapped file; an unlinked file keeps its name here. */
function partOf(mapping: string): 'store' | 'index' | undefined {
  if (mapping.includes('/store/data.mdb')) return 'store';
  return mapping.includes('/segment-') ? 'index' : undefined;
}
