import { builtUrl } from '../../lib/process/program.ts';

/** The renderer of test films, `film/`, as far as the demo uses it. */
export interface FilmPackage {
  /** Plans a film: what each frame shows, and when it is shot. The same seed gives the same film. */
  planFilm(options: { readonly frames: number; readonly seed: number }): Film;
  /** One frame as the bytes of a JPEG; `size` in pixels. */
  drawFrame(frame: FilmFrame, size: { readonly width: number; readonly height: number }): Promise<Buffer>;
}

export interface Film {
  readonly frames: readonly FilmFrame[];
}

export interface FilmFrame {
  readonly index: number;
  /** Name of the place that it shows. */
  readonly place: string;
  readonly timeMs: number;
}

/** Loads the renderer. It prepares its textures when it is loaded, so only the demo does so. */
export function loadFilmPackage(): Promise<FilmPackage> {
  return import(new URL('../../film/open.js', builtUrl(import.meta.url)).href);
}
