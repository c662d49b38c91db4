import { builtUrl } from '../../lib/process/program.ts';

/** The part of `film/`, the renderer of test films, used by the demo. */
export interface FilmPackage {
  /** Plans a film: the view and the time of each frame. The same seed gives the same film. */
  planFilm(options: { readonly frames: number; readonly seed: number }): Film;
  /** Returns a frame as JPEG bytes; `size` in pixels. */
  drawFrame(frame: FilmFrame, size: { readonly width: number; readonly height: number }): Promise<Buffer>;
}

export interface Film {
  readonly frames: readonly FilmFrame[];
}

export interface FilmFrame {
  readonly index: number;
  /** Name of the shown place. */
  readonly place: string;
  readonly timeMs: number;
}

/** Loads the renderer. Loading prepares textures, so only the demo loads the renderer. */
export function loadFilmPackage(): Promise<FilmPackage> {
  return import(new URL('../../film/open.js', builtUrl(import.meta.url)).href);
}
