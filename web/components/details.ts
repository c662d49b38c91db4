import { el, named } from './dom.ts';
import type { Thumbs } from './thumbs.ts';

export type Row = readonly [label: string, value: string | Node];

/** A dialog with one enlarged frame and its facts. Esc closes the dialog. */
export class Details {
  readonly element = el('dialog', { class: 'details', 'aria-label': 'Picture' });
  readonly #thumbs: Thumbs;
  readonly #rows: (frame: number) => readonly Row[];

  constructor(thumbs: Thumbs, rows: (frame: number) => readonly Row[]) {
    this.#thumbs = thumbs;
    this.#rows = rows;
    this.element.addEventListener('click', (event) => {
      if (event.target === this.element) this.element.close();
    });
  }

  readonly open = (frame: number): void => {
    const list = el('dl', {});
    for (const [label, value] of this.#rows(frame)) list.append(el('dt', {}, label), el('dd', {}, value));
    const close = el(
      'button',
      { type: 'button', class: 'close', click: () => this.element.close() },
      'Close',
    );
    this.element.replaceChildren(
      this.#thumbs.picture(frame, 'thumb large'),
      el('div', {}, el('h2', {}, named(this.#thumbs.nameOf(frame))), list, close),
    );
    this.element.showModal();
    close.focus();
  };
}
