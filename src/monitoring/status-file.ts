import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Status } from './status.ts';

const fileName = 'status.json';

/**
 * The daemon's status in the state folder, for `framesort status`. Written when something changed, whole or
 * not at all.
 */
export class StatusFile {
  readonly #path: string;
  #written = '';

  constructor(state: string) {
    this.#path = join(state, fileName);
  }

  /** Throws the system's error if the disk refuses. Nothing depends on the file. */
  write(status: Status): void {
    const facts = JSON.stringify({ ...status, updatedMs: 0 });
    if (facts === this.#written) return;
    const draft = `${this.#path}.draft`;
    writeFileSync(draft, `${JSON.stringify(status)}\n`);
    renameSync(draft, this.#path);
    this.#written = facts;
  }
}

/** Returns the last written status; undefined without a status. */
export function readStatus(state: string): Status | undefined {
  try {
    return JSON.parse(readFileSync(join(state, fileName), 'utf8')) as Status;
  } catch {
    return undefined;
  }
}
