/** Creates elements. Text always becomes a text node: no name can become markup. */

type Value = string | number | boolean | ((event: never) => void);
type Child = Node | string | undefined;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

export function svg(
  tag: string,
  attributes: Readonly<Record<string, Value | undefined>> = {},
  ...children: readonly Child[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

function set(element: Element, name: string, value: Value | undefined): void {
  if (value === undefined || value === false) return;
  if (typeof value === 'function') element.addEventListener(name, value as EventListener);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/** Shows a file or folder name in its own writing direction. */
export function named(name: string, className = 'name'): HTMLElement {
  return el('bdi', { class: className, title: name }, name);
}

/** Returns the JSON embedded in the page. */
export function readData<T>(): T {
  return JSON.parse(document.getElementById('data')?.textContent ?? 'null');
}

export function root(): HTMLElement {
  return document.getElementById('page') as HTMLElement;
}

/** Announces texts to screen readers. */
export function announcer(): { readonly element: HTMLElement; say(text: string): void } {
  const element = el('p', { class: 'live', role: 'status', 'aria-live': 'polite' });
  return {
    element,
    say(text) {
      element.textContent = text;
    },
  };
}

export function choice(
  label: string,
  options: readonly string[],
  chosen: number,
  onChange: (at: number) => void,
): HTMLElement {
  const select = el('select', { change: () => onChange(select.selectedIndex) });
  for (const [at, option] of options.entries())
    select.append(el('option', { selected: at === chosen }, option));
  return el('label', { class: 'choice' }, el('span', {}, label), select);
}

export function check(label: string, isOn: boolean, onChange: (isOn: boolean) => void): HTMLElement {
  const box = el('input', { type: 'checkbox', checked: isOn, change: () => onChange(box.checked) });
  return el('label', { class: 'check' }, box, label);
}

export function tile(figure: string, label: string): HTMLElement {
  return el('div', { class: 'tile' }, el('dd', {}, figure), el('dt', {}, label));
}
