import { seededRandom } from '../src/lib/random.ts';
import type { FilmFrame } from './film.ts';
import { placeNamed } from './places/places.ts';
import { cameraFor } from './render/camera.ts';
import { develop } from './render/lens.ts';
import type { Light } from './render/light.ts';
import { type Mesh, MeshSink, Pen } from './render/mesh.ts';
import { addReflections } from './render/mirror.ts';
import { occlusionOf } from './render/occlusion.ts';
import type { Place } from './render/place.ts';
import { drawMesh, newCanvas } from './render/raster.ts';
import { shade } from './render/shade.ts';
import { type ShadowMap, shadowMapOf } from './render/shadow.ts';

export interface PictureSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Caches the sets and the last shadow map; both depend on the frame alone. */
const sets = new Map<string, Mesh>();
let lastShadows: { readonly mesh: Mesh; readonly light: Light; readonly map: ShadowMap } | undefined;

/** Draws a frame as 8-bit sRGB, rows from the top, interleaved R G B. Equal frames give equal bytes. */
export function renderFrame(frame: FilmFrame, { width, height }: PictureSize): Uint8Array {
  const place = placeNamed(frame.place);
  const mesh = setOf(place);
  const camera = cameraFor(frame.camera, width, height);
  const canvas = newCanvas(width, height);
  drawMesh(canvas, mesh, camera);
  const { light } = frame;
  const stage = {
    mesh,
    camera,
    light,
    lamps: place.lamps,
    shadows: shadowsOf(place, mesh, light),
    openness: place.openness,
  };
  const picture = shade(canvas, stage, occlusionOf(canvas, mesh, camera));
  addReflections(canvas, stage, picture);
  return develop(picture, frame.exposure);
}

function setOf(place: Place): Mesh {
  const known = sets.get(place.name);
  if (known !== undefined) return known;
  const sink = new MeshSink();
  place.build(new Pen(sink), seededRandom(place.name.length * 7919));
  const mesh = sink.finish();
  sets.set(place.name, mesh);
  return mesh;
}

function shadowsOf(place: Place, mesh: Mesh, light: Light): ShadowMap {
  const same =
    lastShadows?.mesh === mesh && lastShadows.light.sun.every((part, axis) => part === light.sun[axis]);
  if (lastShadows === undefined || !same) {
    lastShadows = { mesh, light, map: shadowMapOf(mesh, place.shadow, light.sun) };
  }
  return lastShadows.map;
}
