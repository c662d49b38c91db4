import { type FilmFrame, planFilm } from './film.ts';
import { encodeJpeg } from './jpeg.ts';
import { type PictureSize, renderFrame } from './renderer.ts';

/** The entry of the package: the build bundles it to `dist/film/open.js`, and the demo loads that file. */
export { planFilm };

/** Returns one frame of a film as JPEG. */
export function drawFrame(frame: FilmFrame, size: PictureSize): Promise<Buffer> {
  return encodeJpeg(renderFrame(frame, size), size);
}
