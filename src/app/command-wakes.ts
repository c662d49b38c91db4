import type { Clock } from '../lib/async/clock.ts';
import { WakeSignal } from '../lib/async/wake-signal.ts';
import type { Logger } from '../lib/logger.ts';
import { openWakeServer, type WakeServer } from '../lib/process/wake-socket.ts';

interface CommandWakesParts {
  readonly state: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Commands wake the daemon after they submitted a request. The daemon wakes the commands when a result is
 * there.
 */
export class CommandWakes {
  readonly requests: WakeSignal;
  readonly modelSwitch: WakeSignal;
  readonly #parts: CommandWakesParts;
  #server: WakeServer | undefined;

  constructor(parts: CommandWakesParts) {
    this.#parts = parts;
    this.requests = new WakeSignal(parts.clock);
    this.modelSwitch = new WakeSignal(parts.clock);
  }

  /** Without the socket both sides look from time to time. */
  async open(): Promise<void> {
    const { state, log } = this.#parts;
    this.#server = await openWakeServer(state, () => {
      this.requests.wake();
      this.modelSwitch.wake();
    });
    if (this.#server === undefined)
      log.info({ state }, 'no socket for commands: they wait some seconds longer');
  }

  wakeClients(): void {
    this.#server?.wakeAll();
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
