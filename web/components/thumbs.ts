import type { Frames } from '../../src/report/page-data.ts';
import { el } from './dom.ts';

/** Position of a frame's thumbnail in its sheet. */
export interface Tile {
  readonly image: HTMLImageElement;
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The thumbnails of a page. Decodes a sheet when one of its frames is first shown. */
export class Thumbs {
  readonly frames: Frames;
  readonly #missing: ReadonlySet<number>;
  readonly #texts: readonly Element[];
  readonly #urls: string[] = [];
  readonly #images: HTMLImageElement[] = [];

  constructor(frames: Frames) {
    this.frames = frames;
    this.#missing = new Set(frames.missing);
    this.#texts = Array.from(document.querySelectorAll('script.thumbnails'));
  }

  get count(): number {
    return this.frames.names.length;
  }

  nameOf(frame: number): string {
    return this.frames.names[frame] ?? '';
  }

  /** Returns a picture with its name for screen readers. */
  picture(frame: number, className = 'thumb'): HTMLElement {
    const element = el('span', { class: className, role: 'img', 'aria-label': this.nameOf(frame) });
    this.#paint(element, frame);
    return element;
  }

  /** Returns a picture as a button. */
  button(frame: number, label = this.nameOf(frame)): HTMLButtonElement {
    const name = this.nameOf(frame);
    const attributes = {
      type: 'button',
      class: 'thumb',
      'aria-label': label,
      title: name,
      'data-frame': frame,
    };
    const element = el('button', attributes);
    this.#paint(element, frame);
    return element;
  }

  /**
   * Returns the thumbnail for drawing, or undefined if it is missing or not decoded yet. Calls `onReady`
   * after decoding.
   */
  tile(frame: number, onReady: () => void): Tile | undefined {
    if (this.#missing.has(frame)) return undefined;
    const { columns, perSheet, tile: side } = this.frames;
    const image = this.#image(Math.floor(frame / perSheet), onReady);
    const place = frame % perSheet;
    if (!image.complete || image.naturalWidth === 0) return undefined;
    return { image, left: side * (place % columns), top: side * Math.floor(place / columns), side };
  }

  /** In percent, therefore a thumbnail may have any size. */
  #paint(element: HTMLElement, frame: number): void {
    const { columns, perSheet } = this.frames;
    if (this.#missing.has(frame)) {
      element.classList.add('missing');
      element.textContent = 'no picture';
      return;
    }
    const place = frame % perSheet;
    const percent = (step: number) => `${(100 * step) / (columns - 1)}%`;
    element.style.backgroundImage = `url("${this.#url(Math.floor(frame / perSheet))}")`;
    element.style.backgroundSize = `${100 * columns}% ${100 * columns}%`;
    element.style.backgroundPosition = `${percent(place % columns)} ${percent(Math.floor(place / columns))}`;
  }

  #image(sheet: number, onReady: () => void): HTMLImageElement {
    const known = this.#images[sheet];
    if (known !== undefined) return known;
    const image = new Image();
    image.addEventListener('load', onReady);
    image.src = this.#url(sheet);
    this.#images[sheet] = image;
    return image;
  }

  #url(sheet: number): string {
    this.#urls[sheet] ??= urlOf(this.#texts[sheet]?.textContent ?? '');
    return this.#urls[sheet];
  }
}

function urlOf(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: 'image/webp' }));
}
