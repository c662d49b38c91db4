/** Calls `build` once for each element, shortly before the element becomes visible. */
export class Lazy {
  readonly #builders = new Map<Element, () => void>();
  readonly #observer: IntersectionObserver;

  constructor() {
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: '800px 0px' });
  }

  watch(element: Element, build: () => void): void {
    this.#builders.set(element, build);
    this.#observer.observe(element);
  }

  /** Forgets all elements that were not visible yet. */
  clear(): void {
    this.#observer.disconnect();
    this.#builders.clear();
  }

  #seen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.#observer.unobserve(target);
      this.#builders.get(target)?.();
      this.#builders.delete(target);
    }
  }
}
