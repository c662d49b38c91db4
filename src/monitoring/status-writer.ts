import pLimit from 'p-limit';
import { isTransient } from '../lib/errors.ts';
import type { EventSink } from './events.ts';
import type { Status } from './status.ts';
import { StatusFile } from './status-file.ts';

export interface StatusWriterParts {
  readonly state: string;
  readonly events: EventSink;
  readonly status: () => Promise<Status>;
}

/** Writes the status into the state folder. */
export class StatusWriter {
  readonly #file: StatusFile;
  readonly #events: EventSink;
  readonly #status: () => Promise<Status>;
  readonly #oneByOne = pLimit(1);

  constructor({ state, events, status }: StatusWriterParts) {
    this.#file = new StatusFile(state);
    this.#events = events;
    this.#status = status;
  }

  /** A full disk must not end the work: the next second tries again. */
  write(): Promise<void> {
    return this.#oneByOne(() => this.#write());
  }

  async #write(): Promise<void> {
    try {
      this.#file.write(await this.#status());
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.#events.emit('error', { where: 'status', error, message: 'the status could not be written' });
    }
  }
}
