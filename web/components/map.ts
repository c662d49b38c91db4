import type { PlaneMap } from '../../src/report/page-data.ts';
import { groupColour, isDark, onColourScheme } from './colours.ts';
import { announcer, check, el } from './dom.ts';
import {
  isWay,
  moved,
  nearestPoint,
  nextInDirection,
  type Point,
  Room,
  spotOf,
  type View,
  zoomed,
} from './plane.ts';
import type { Thumbs, Tile } from './thumbs.ts';

export interface MapSource {
  readonly thumbs: Thumbs;
  readonly map: PlaneMap;
  readonly labels: readonly number[];
  readonly describe: (frame: number) => string;
  readonly onOpen: (frame: number) => void;
}

const thumbPixels = 34;
const reachPixels = 30;

/** All frames on a plane, similar frames close together, with frames in the colours of their groups. */
export class MapView {
  readonly element: HTMLElement;
  readonly #canvas = el('canvas', { tabindex: 0, role: 'application', 'aria-roledescription': 'map' });
  readonly #hint = el('p', { class: 'note' });
  readonly #announcer = announcer();
  #source: MapSource;
  #isShown: (frame: number) => boolean = () => true;
  #view: View = { width: 0, height: 0, zoom: 1, x: 0.5, y: 0.5 };
  #points: (Point | undefined)[] = [];
  #selected = -1;
  #withThumbs = true;
  #isWaiting = false;

  constructor(source: MapSource) {
    this.#source = source;
    const thumbs = check('Thumbnails', true, (isOn) => {
      this.#withThumbs = isOn;
      this.#drawSoon();
    });
    const bar = el('div', { class: 'bar' }, ...this.#buttons(), thumbs, this.#announcer.element);
    this.element = el('div', { class: 'map' }, bar, el('div', { class: 'plane' }, this.#canvas), this.#hint);
    this.#listen();
    this.show(source);
  }

  /** Shows other positions or other groups. */
  show(source: MapSource): void {
    this.#source = source;
    this.#hint.textContent = `${source.map.method} of the embeddings: what is near each other looks alike to the model; distances between far islands mean little. Drag to move, click and use the wheel to zoom, double-click to open; with the keyboard, arrows go from picture to picture, + and − zoom, 0 shows all, Enter opens.`;
    this.#canvas.setAttribute(
      'aria-label',
      `Map of ${source.thumbs.count} pictures. Arrow keys go from one to the next.`,
    );
    this.#drawSoon();
  }

  filter(isShown: (frame: number) => boolean): void {
    this.#isShown = isShown;
    this.#drawSoon();
  }

  #buttons(): HTMLElement[] {
    const button = (text: string, label: string, click: () => void) =>
      el('button', { type: 'button', 'aria-label': label, click }, text);
    return [
      button('+', 'Zoom in', () => this.#zoom(1.5)),
      button('−', 'Zoom out', () => this.#zoom(1 / 1.5)),
      button('All', 'Show all', () => this.#reset()),
    ];
  }

  #listen(): void {
    const canvas = this.#canvas;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    onColourScheme(() => this.#drawSoon());
    canvas.addEventListener('keydown', (event) => this.#press(event));
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('pointermove', (event) => this.#point(event));
    canvas.addEventListener('pointerdown', (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener('click', (event) => this.#select(this.#near(event)));
    canvas.addEventListener('dblclick', () => this.#open());
    canvas.addEventListener('focus', () => this.#selected < 0 && this.#select(this.#middle()));
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.#view = { ...this.#view, width, height };
    this.#drawSoon();
  }

  #press(event: KeyboardEvent): void {
    const { key } = event;
    if (isWay(key)) this.#select(nextInDirection(this.#points, this.#selected, key));
    else if (key === '+' || key === '=') this.#zoom(1.5);
    else if (key === '-' || key === '−') this.#zoom(1 / 1.5);
    else if (key === '0') this.#reset();
    else if (key === 'Enter' || key === ' ') this.#open();
    else return;
    event.preventDefault();
  }

  /** Zooms with Ctrl or on the focused map. Otherwise the page scrolls. */
  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && document.activeElement !== this.#canvas) return;
    event.preventDefault();
    this.#view = zoomed(this.#view, Math.exp(-event.deltaY / 300), placeOf(event));
    this.#drawSoon();
  }

  #point(event: PointerEvent): void {
    if (event.buttons === 1) {
      this.#view = moved(this.#view, event.movementX, event.movementY);
      return this.#drawSoon();
    }
    const near = this.#near(event);
    if (near !== this.#selected) this.#select(near);
  }

  #near(event: MouseEvent): number {
    return nearestPoint(this.#points, placeOf(event), reachPixels);
  }

  #zoom(factor: number): void {
    const { width, height } = this.#view;
    const point = this.#points[this.#selected] ?? { x: width / 2, y: height / 2 };
    this.#view = zoomed(this.#view, factor, point);
    this.#drawSoon();
  }

  #reset(): void {
    this.#view = { ...this.#view, zoom: 1, x: 0.5, y: 0.5 };
    this.#drawSoon();
  }

  #middle(): number {
    const { width, height } = this.#view;
    return nearestPoint(this.#points, { x: width / 2, y: height / 2 }, Number.POSITIVE_INFINITY);
  }

  #select(frame: number): void {
    if (frame < 0) return;
    this.#selected = frame;
    this.#announcer.say(this.#source.describe(frame));
    this.#keepInSight(this.#points[frame]);
    this.#drawSoon();
  }

  #keepInSight(point: Point | undefined): void {
    const { width, height } = this.#view;
    if (point === undefined || (point.x >= 0 && point.y >= 0 && point.x <= width && point.y <= height))
      return;
    this.#view = moved(this.#view, width / 2 - point.x, height / 2 - point.y);
  }

  #open(): void {
    if (this.#selected >= 0) this.#source.onOpen(this.#selected);
  }

  #drawSoon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    requestAnimationFrame(() => {
      this.#isWaiting = false;
      this.#draw();
    });
  }

  #draw(): void {
    const context = this.#canvas.getContext('2d');
    const { width, height } = this.#view;
    if (context === null || width === 0) return;
    const { map, labels } = this.#source;
    this.#points = labels.map((_, frame) => {
      return this.#isShown(frame) ? spotOf(this.#view, map.x[frame] ?? 0, map.y[frame] ?? 0) : undefined;
    });
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    const dark = isDark();
    const colours = (frame: number) => groupColour(labels[frame] as number, dark);
    for (const [frame, point] of this.#points.entries()) if (point) drawDot(context, point, colours(frame));
    if (this.#withThumbs) this.#drawThumbs(context, colours);
    this.#drawSelected(context, colours);
  }

  /** Draws as many thumbnails as fit without overlap. */
  #drawThumbs(context: CanvasRenderingContext2D, colour: (frame: number) => string): void {
    const room = new Room(thumbPixels + 6);
    const { width, height } = this.#view;
    for (const [frame, point] of this.#points.entries()) {
      if (point === undefined || point.x < 0 || point.y < 0 || point.x > width || point.y > height) continue;
      if (!room.take(point)) continue;
      const tile = this.#source.thumbs.tile(frame, () => this.#drawSoon());
      if (tile !== undefined) drawThumb(context, point, { tile, side: thumbPixels, colour: colour(frame) });
    }
  }

  #drawSelected(context: CanvasRenderingContext2D, colour: (frame: number) => string): void {
    const point = this.#points[this.#selected];
    if (point === undefined) return;
    const tile = this.#source.thumbs.tile(this.#selected, () => this.#drawSoon());
    const side = 3 * thumbPixels;
    if (tile !== undefined) drawThumb(context, point, { tile, side, colour: colour(this.#selected) });
    else drawDot(context, point, colour(this.#selected), 9);
  }
}

function placeOf({ offsetX: x, offsetY: y }: MouseEvent): Point {
  return { x, y };
}

function drawDot(context: CanvasRenderingContext2D, { x, y }: Point, colour: string, radius = 3.5): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

interface Framed {
  readonly tile: Tile;
  readonly side: number;
  readonly colour: string;
}

function drawThumb(context: CanvasRenderingContext2D, point: Point, { tile, side, colour }: Framed): void {
  const [left, top, frame] = [point.x - side / 2, point.y - side / 2, side > thumbPixels ? 4 : 2.5];
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(left - frame, top - frame, side + 2 * frame, side + 2 * frame, 4);
  context.fill();
  context.drawImage(tile.image, tile.left, tile.top, tile.side, tile.side, left, top, side, side);
}
