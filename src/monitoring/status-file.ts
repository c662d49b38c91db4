import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Status } from './status.ts';

const fileName = 'status.json';

/** The daemon's status in the state folder, for `framesort status`. Written when something changed, whole or not at all. */
export class StatusFile {
  readonly #path: string;
  #written = '';

  constructor(state: string) {
    this.#path = join(state, fileName);
  }

  /** Throws the system's error when the disk refuses; nothing depends on it. */
  write(status: Status): void {
    const facts = JSON.stringify({ ...status, updatedMs: 0 });
    if (facts === this.#written) return;
    const draft = `${this.#path}.draft`;
    writeFileSync(draft, `${JSON.stringify(status)}\n`);
    renameSync(draft, this.#path);
    this.#written = facts;
  }
}

/** The last status that a daemon wrote there; undefined if none did. */
export function readStatus(state: string): Status | undefined {
  try {
    return JSON.parse(readFileSync(join(state, fileName), 'utf8')) as Status;
  } catch {
    return undefined;
  }
}
