import { basename } from 'node:path';
import { nameForAttempt, quarantineFolder } from '../../domain/placement.ts';
import { codeOf } from '../../lib/errors.ts';
import { printable, toBytes } from '../../lib/fs/byte-path.ts';
import type { FileSystem } from '../../lib/fs/file-system.ts';
import type { Quarantined, Store } from '../../storage/store.ts';
import type { PlaceOrder, Placing } from '../placing/place-order.ts';

export interface MoveToQuarantineParts {
  readonly store: Pick<Store, 'commit' | 'quarantine'>;
  readonly placer: Placing;
  readonly files: Pick<FileSystem, 'readFolder'>;
  readonly library: string;
}

/**
 * Moves an unusable file into the library's quarantine, with a note about the reason, and records the place.
 * Repeating the call after a crash changes nothing. Throws the system's error if the disk refuses.
 */
export async function moveToQuarantine(one: Quarantined, parts: MoveToQuarantineParts): Promise<void> {
  const { store, placer } = parts;
  const order = orderOf(one);
  if (!(await isMoved(order, parts))) return store.quarantine.release([one]);
  await placer.note(order, 'reason.json', `${JSON.stringify(reasonOf(one), null, 2)}\n`);
  await placer.sync([order]);
  await store.commit([{ kind: 'quarantine', quarantined: { ...one, state: 'placed' } }]);
  await placer.clear(order);
}

/**
 * Returns false if the file was removed before and the quarantine folder is empty. People may put files
 * there.
 */
async function isMoved(order: PlaceOrder, parts: MoveToQuarantineParts): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const name = nameForAttempt(order.name, attempt, (text) => toBytes(text).length);
    const { kind } = await parts.placer.place({ ...order, name });
    if (kind === 'source-gone') return holdsFiles(order.folder, parts);
    if (kind === 'placed') return true;
  }
}

async function holdsFiles(folder: string, { files, library }: MoveToQuarantineParts): Promise<boolean> {
  try {
    return (await files.readFolder(`${library}/${folder}`)).length > 0;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return false;
  }
}

function orderOf({ id, source, identity }: Quarantined): PlaceOrder {
  const [folder, name] = [quarantineFolder(id), basename(source)];
  const file = { number: -id, fingerprint: undefined, source, identity, folder, name };
  return { ...file, mode: 'move', isAgain: false, makesFolder: true };
}

function reasonOf({ source, reason, message, whenMs }: Quarantined) {
  return { source: printable(source), reason, message, when: new Date(whenMs).toISOString() };
}
