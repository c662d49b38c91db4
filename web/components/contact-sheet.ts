import { el, named } from './dom.ts';
import { gridKeys } from './grid-keys.ts';
import type { Thumbs } from './thumbs.ts';
import { plural } from './words.ts';

export interface SheetOf {
  readonly name: string;
  readonly note?: string;
  readonly frames: readonly number[];
  readonly onOpen: (frame: number) => void;
  /** Frames to be pointed out. */
  readonly isMarked?: (frame: number) => boolean;
}

/** Of a large group so many are shown before somebody asks for the rest. */
const shownFirst = 60;

/** An empty card of about the height that it will have. */
export function sheetCard({ name, note, frames }: SheetOf): HTMLElement {
  const shown = Math.min(frames.length, shownFirst);
  const label = `${name}, ${plural(frames.length, 'picture')}`;
  const card = el(
    'article',
    { class: 'card', 'aria-label': label },
    el('h3', {}, named(name)),
    el('p', { class: 'note' }, [plural(frames.length, 'picture'), note].filter(Boolean).join(' · ')),
    el('div', { class: 'sheet', role: 'group', 'aria-label': `Pictures of ${name}` }),
  );
  card.style.setProperty('--shown', String(shown));
  return card;
}

/** Puts the pictures onto a card. */
export function fillCard(card: HTMLElement, sheet: SheetOf, thumbs: Thumbs): void {
  const grid = card.querySelector('.sheet') as HTMLElement;
  grid.classList.add('filled');
  addThumbs(grid, sheet.frames.slice(0, shownFirst), sheet, thumbs);
  gridKeys(grid, 'button.thumb');
  const rest = sheet.frames.slice(shownFirst);
  if (rest.length === 0) return;
  const more = el('button', { type: 'button', class: 'more' }, `Show ${plural(rest.length, 'more picture')}`);
  more.addEventListener('click', () => {
    more.remove();
    addThumbs(grid, rest, sheet, thumbs);
    grid.querySelectorAll('button')[shownFirst]?.focus();
  });
  card.append(more);
}

function addThumbs(grid: HTMLElement, frames: readonly number[], sheet: SheetOf, thumbs: Thumbs): void {
  for (const frame of frames) {
    const button = thumbs.button(frame);
    button.classList.toggle('marked', sheet.isMarked?.(frame) === true);
    button.addEventListener('click', () => sheet.onOpen(frame));
    grid.append(button);
  }
}
