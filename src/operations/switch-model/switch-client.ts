import { doneOrThrow, type RequestClient } from '../client.ts';
import { isOpen, readNote, type SwitchRequest } from '../requests.ts';
import { confirmSwitch, replaced } from './switch-request.ts';

/** A switch of model from the command's side: embed, confirm, in use. */
export class SwitchClient {
  readonly #client: RequestClient;
  #key: string | undefined;

  constructor(client: RequestClient) {
    this.#client = client;
  }

  /**
   * Resolves when every picture has a vector; false if the command must end first. Throws the error of a
   * failed request.
   */
  async embed(request: Omit<SwitchRequest, 'isConfirmed'>): Promise<boolean> {
    this.#key = await this.#client.submit({ kind: 'switch-model', ...request, isConfirmed: false });
    return this.#wait(this.#key);
  }

  /**
   * Resolves when the model is in use; false if the command must end first. Throws the error of a failed
   * request.
   */
  async confirm(): Promise<boolean> {
    if (this.#key === undefined) return false;
    await confirmSwitch(this.#client.store, this.#key);
    this.#client.wakeOwner();
    return this.#wait(this.#key);
  }

  /** Deletes the request: the owner must not wait for a confirmation without a command. */
  async withdraw(): Promise<void> {
    if (this.#key !== undefined) await this.#client.store.requests.delete([this.#key]);
    this.#client.wakeOwner();
  }

  async #wait(key: string): Promise<boolean> {
    const { store } = this.#client;
    const isDone = await this.#client.waitForOwner(async () => {
      const note = await readNote(store, key);
      return note === undefined || !isOpen(note);
    });
    if (!isDone) return false;
    const result = (await readNote(store, key))?.result;
    if (result === undefined) throw replaced();
    if (result.kind === 'failed') await this.withdraw();
    doneOrThrow(result);
    return true;
  }
}
