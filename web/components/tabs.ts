import { el } from './dom.ts';

export interface Tab {
  readonly id: string;
  readonly label: string;
  /** Called once, when the tab is first shown. */
  readonly build: (panel: HTMLElement) => void;
}

/** Tabs of a page. Arrow keys move between tabs, and the address remembers the current tab. */
export function tabs(parts: readonly Tab[]): {
  bar: HTMLElement;
  panels: HTMLElement[];
  show(id: string): void;
} {
  const built = new Set<string>();
  const panels = parts.map(({ id }) =>
    el('section', { id: `panel-${id}`, role: 'tabpanel', 'aria-labelledby': `tab-${id}`, tabindex: 0 }),
  );
  const show = (id: string) => {
    for (const [at, part] of parts.entries()) {
      const [isChosen, panel] = [part.id === id, panels[at] as HTMLElement];
      buttons[at]?.setAttribute('aria-selected', String(isChosen));
      buttons[at]?.setAttribute('tabindex', isChosen ? '0' : '-1');
      panel.hidden = !isChosen;
      if (!isChosen || built.has(id)) continue;
      built.add(id);
      part.build(panel);
    }
  };
  const open = (id: string) => {
    history.replaceState(null, '', `#${id}`);
    show(id);
  };
  const buttons = parts.map(({ id, label }) => tabButton(id, label, () => open(id)));
  const bar = el('div', { class: 'tabs', role: 'tablist', keydown: byArrows(buttons) }, ...buttons);
  const first = () => parts.find(({ id }) => `#${id}` === location.hash) ?? parts[0];
  addEventListener('hashchange', () => show(first()?.id ?? ''));
  queueMicrotask(() => show(first()?.id ?? ''));
  return { bar, panels, show: open };
}

function tabButton(id: string, label: string, click: () => void): HTMLButtonElement {
  const attributes = { id: `tab-${id}`, type: 'button', role: 'tab', 'aria-controls': `panel-${id}`, click };
  return el('button', attributes, label);
}

function byArrows(buttons: readonly HTMLElement[]) {
  return (event: KeyboardEvent) => {
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const last = buttons.length - 1;
    const next: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const to = buttons[next[event.key] ?? -1];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    to.focus();
    to.click();
  };
}
