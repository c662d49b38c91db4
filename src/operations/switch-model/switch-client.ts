import { doneOrThrow, type RequestClient } from '../client.ts';
import { isOpen, readNote, type SwitchRequest } from '../requests.ts';
import { confirmSwitch, replaced } from './switch-request.ts';

/** A switch of model as its command sees it: embed, be confirmed, be in use. */
export class SwitchClient {
  readonly #client: RequestClient;
  #key: string | undefined;

  constructor(client: RequestClient) {
    this.#client = client;
  }

  /** Resolves when every picture has a vector; false if the command is to end before. Throws what made it fail. */
  embed(request: Omit<SwitchRequest, 'isConfirmed'>): Promise<boolean> {
    this.#key = this.#client.submit({ kind: 'switch-model', ...request, isConfirmed: false });
    return this.#wait(this.#key);
  }

  /** Resolves when the model is in use; false if the command is to end before. Throws what made it fail. */
  async confirm(): Promise<boolean> {
    if (this.#key === undefined) return false;
    confirmSwitch(this.#client.store, this.#key);
    this.#client.wakeOwner();
    return this.#wait(this.#key);
  }

  /** Deletes the request, whatever became of it: the owner must not wait for a word that nobody will say. */
  withdraw(): void {
    if (this.#key !== undefined) this.#client.store.blobs.delete([this.#key]);
    this.#client.wakeOwner();
  }

  async #wait(key: string): Promise<boolean> {
    const { store } = this.#client;
    const isDone = await this.#client.waitForOwner(() => {
      const note = readNote(store, key);
      return note === undefined || !isOpen(note);
    });
    if (!isDone) return false;
    const result = readNote(store, key)?.result;
    if (result === undefined) throw replaced();
    if (result.kind === 'failed') this.withdraw();
    doneOrThrow(result);
    return true;
  }
}
