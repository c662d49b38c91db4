import { FrameError } from '../../../domain/frame-error.ts';
import { sizeOfJpeg, withOrientation } from './jpeg-markers.ts';
import { metadataOfRaw } from './raw-metadata.ts';
import { type Directory, directoriesOf, type Piece } from './tiff-tags.ts';

/** The embedded preview of a camera's raw file. */
export interface RawPreview {
  /** The largest preview, upright by its EXIF orientation. */
  readonly jpeg: Buffer;
  /** The camera's EXIF block. */
  readonly exif: Buffer;
}

const tags = {
  colours: 0x0106,
  pieces: 0x0111,
  orientation: 0x0112,
  pieceLengths: 0x0117,
  tiles: 0x0144,
  tileLengths: 0x0145,
  jpeg: 0x0201,
  jpegLength: 0x0202,
  panasonicJpeg: 0x002e,
  dngVersion: 0xc612,
} as const;

const startOfJpeg = Buffer.from([0xff, 0xd8, 0xff]);

/** Sensor colours, or the linear colours of a partly developed DNG. */
const rawColours = new Set([32803, 34892]);

/** Whether a TIFF-like file is a camera's raw picture. */
export function isRawTiff(bytes: Buffer): boolean {
  const directories = directoriesOf(bytes);
  return (
    (directories[0]?.numbers(tags.dngVersion).length ?? 0) > 0 ||
    directories.some((directory) => rawColours.has(directory.numbers(tags.colours)[0] ?? 0))
  );
}

/** Throws FrameError if the file has no preview or is truncated. */
export function rawPreview(bytes: Buffer): RawPreview {
  const { main, exif, bytesMin } = metadataOfRaw(bytes);
  const directories = directoriesOf(main);
  const pieces = main === bytes ? directories.flatMap(piecesOf) : [];
  if (bytesMin > bytes.length || pieces.some(({ at, length }) => at + length > bytes.length)) throw cut();
  const named = pieces.map(({ at, length }) => bytes.subarray(at, at + length));
  const jpeg = largest(named) ?? largest(jpegsIn(bytes));
  if (jpeg === undefined)
    throw new FrameError('unsupported-format', 'it is a camera raw picture without a JPEG preview');
  const orientation = directories[0]?.numbers(tags.orientation)[0] ?? 0;
  return { jpeg: orientation >= 1 && orientation <= 8 ? withOrientation(jpeg, orientation) : jpeg, exif };
}

/** Returns all pieces of the file listed in a directory. */
function piecesOf(directory: Directory): Piece[] {
  const panasonic = directory.piece(tags.panasonicJpeg);
  if (panasonic !== undefined) return [panasonic]; // its other pieces use a format of their own
  return [
    [tags.pieces, tags.pieceLengths],
    [tags.tiles, tags.tileLengths],
    [tags.jpeg, tags.jpegLength],
  ].flatMap(([starts = 0, sizes = 0]) => {
    const lengths = directory.numbers(sizes);
    return directory.numbers(starts).map((at, i) => ({ at, length: lengths[i] ?? 0 }));
  });
}

const triesMax = 10_000;

/** Yields JPEGs anywhere in the file, for cameras with undocumented directories. */
function* jpegsIn(bytes: Buffer): Generator<Buffer> {
  let at = bytes.indexOf(startOfJpeg);
  for (let i = 0; i < triesMax && at >= 0; i++) {
    yield bytes.subarray(at);
    at = bytes.indexOf(startOfJpeg, at + startOfJpeg.length);
  }
}

function largest(candidates: Iterable<Buffer>): Buffer | undefined {
  let best: { readonly jpeg: Buffer; readonly pixels: number } | undefined;
  for (const jpeg of candidates) {
    const size = sizeOfJpeg(jpeg);
    const pixels = size === undefined ? 0 : size.width * size.height;
    if (pixels > (best?.pixels ?? 0)) best = { jpeg, pixels };
  }
  return best?.jpeg;
}

function cut(): FrameError {
  return new FrameError('truncated', 'the raw picture ends before its last part');
}
