/** What was opened, to be closed in reverse. */
export class ResourceStack {
  readonly #resources: (() => Promise<void> | void)[] = [];

  /** Notes how a part is closed. */
  use<T>(part: T, close: (part: T) => Promise<void> | void): T {
    this.#resources.unshift(() => close(part));
    return part;
  }

  /** Closes every part, even after one that could not be; the first failure is told at the end. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#resources.splice(0)) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
