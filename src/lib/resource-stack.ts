/** Opened resources, to be closed in reverse order. */
export class ResourceStack {
  readonly #resources: (() => Promise<void> | void)[] = [];

  /** Registers a resource with its closing function. Returns the resource. */
  use<T>(resource: T, close: (resource: T) => Promise<void> | void): T {
    this.#resources.unshift(() => close(resource));
    return resource;
  }

  /** Closes all resources, even if some fail. Throws the first failure at the end. */
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
