/** Arrow keys move within a grid of buttons. The grid is a single tab stop, at the last focused button. */
export function gridKeys(grid: HTMLElement, selector: string): void {
  const buttons = () => Array.from(grid.querySelectorAll<HTMLButtonElement>(selector));
  oneStop(buttons());
  grid.addEventListener('focusin', (event) => {
    for (const button of buttons()) button.tabIndex = button === event.target ? 0 : -1;
  });
  grid.addEventListener('keydown', (event) => {
    const all = buttons();
    const to = all[target(event.key, all.indexOf(event.target as HTMLButtonElement), all)];
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  });
}

/** Makes the first button the tab stop. */
export function oneStop(buttons: readonly HTMLElement[]): void {
  for (const [at, button] of buttons.entries()) button.tabIndex = at === 0 ? 0 : -1;
}

function target(key: string, at: number, buttons: readonly HTMLElement[]): number {
  if (at < 0) return -1;
  const top = buttons[at]?.offsetTop;
  const inRow = buttons.filter(({ offsetTop }) => offsetTop === buttons[0]?.offsetTop).length;
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: inRow, ArrowUp: -inRow };
  if (key === 'Home') return buttons.findIndex(({ offsetTop }) => offsetTop === top);
  if (key === 'End') return buttons.findLastIndex(({ offsetTop }) => offsetTop === top);
  return key in steps ? at + (steps[key] as number) : -1;
}
