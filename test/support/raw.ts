import { type Field, TiffDraft } from './exif.ts';
import { box } from './heic.ts';

/** Files in the structure of cameras' raw files, around a JPEG; their raw data are noise. */

export const sensorData = Buffer.from(Array.from({ length: 4_000 }, (_, i) => (i * 7919) % 251));
/** The start of a lossless JPEG, the sensor data of some cameras: larger than any preview. */
const lossless = Buffer.from(
  '\xff\xd8\xff\xc3\0\x11\x08\x20\0\x20\0\x03\x01\x11\0\x02\x11\0\x03\x11\0',
  'latin1',
);

const time: Field = [0x9003, 2, '2024:05:06 07:08:09\0'];
const offset: Field = [0x9011, 2, '+02:00\0'];

export interface RawParts {
  readonly preview: Buffer;
  readonly thumbnail: Buffer;
  readonly orientation: number;
  /** Declared offset of a NEF's sensor data; defaults to the true offset. */
  readonly sensorAt?: number;
}

/** Nikon, Sony, Pentax and DNG: a thumbnail first; preview and sensor data in sub-directories. */
export function nefOf(parts: RawParts, order: 'II' | 'MM' = 'MM'): Buffer {
  const { preview, thumbnail, orientation, sensorAt } = parts;
  const draft = new TiffDraft(order);
  const small = draft.place(thumbnail);
  const jpeg = draft.directory([
    [0x0201, 4, [draft.place(preview)]],
    [0x0202, 4, [preview.length]],
  ]);
  const photo = draft.directory([time, offset]);
  const sensor = draft.directory([
    [0x0103, 3, [34713]],
    [0x0106, 3, [32803]],
    [0x0111, 4, [sensorAt ?? draft.place(sensorData)]],
    [0x0117, 4, [sensorData.length]],
  ]);
  const first = draft.directory([
    [0x0112, 3, [orientation]],
    [0x014a, 4, [jpeg, sensor]],
    [0x0201, 4, [small]],
    [0x0202, 4, [thumbnail.length]],
    [0x8769, 4, [photo]],
  ]);
  return draft.finish(first);
}

/** Canon until 2018: the preview is the strip of the first directory, the sensor data a lossless JPEG. */
export function cr2Of({ preview, thumbnail, orientation }: RawParts): Buffer {
  const draft = new TiffDraft('II', 'II*\0\0\0\0\0CR\x02\0\0\0\0\0');
  const jpeg = draft.place(preview);
  const small = draft.place(thumbnail);
  const photo = draft.directory([time, offset]);
  const sensor = Buffer.concat([lossless, sensorData]);
  const third = draft.directory([
    [0x0103, 3, [6]],
    [0x0111, 4, [draft.place(sensor)]],
    [0x0117, 4, [sensor.length]],
  ]);
  const second = draft.directory(
    [
      [0x0201, 4, [small]],
      [0x0202, 4, [thumbnail.length]],
    ],
    third,
  );
  const fields: Field[] = [
    [0x0103, 3, [6]],
    [0x0111, 4, [jpeg]],
    [0x0112, 3, [orientation]],
    [0x0117, 4, [preview.length]],
    [0x8769, 4, [photo]],
  ];
  return draft.finish(draft.directory(fields, second));
}

/** Panasonic: a tag of its own, and another version number in place of TIFF's 42. */
export function rw2Of({ preview, orientation }: RawParts): Buffer {
  const draft = new TiffDraft('II', 'IIU\0\0\0\0\0');
  const photo = draft.directory([time, offset]);
  const fields: Field[] = [
    [0x002e, 7, preview],
    [0x0111, 4, [0xffffffff]],
    [0x0112, 3, [orientation]],
    [0x0117, 4, [sensorData.length]],
    [0x8769, 4, [photo]],
  ];
  return draft.finish(draft.directory(fields));
}

/** Olympus: only a model-specific part points to the preview. */
export function orfOf({ preview, orientation }: RawParts): Buffer {
  const draft = new TiffDraft('II', 'IIRO\0\0\0\0');
  draft.place(preview);
  const photo = draft.directory([time, offset]);
  const fields: Field[] = [
    [0x0111, 4, [draft.place(sensorData)]],
    [0x0112, 3, [orientation]],
    [0x0117, 4, [sensorData.length]],
    [0x8769, 4, [photo]],
  ];
  return draft.finish(draft.directory(fields));
}

/** Fujifilm: a header, then a JPEG with the camera's own EXIF block. */
export function rafOf({ preview }: Pick<RawParts, 'preview'>): Buffer {
  const header = Buffer.alloc(148);
  header.write('FUJIFILMCCD-RAW 0201FF389501');
  const sizes = [148, preview.length, 0, 0, 148 + preview.length, sensorData.length];
  for (const [i, value] of sizes.entries()) header.writeUInt32BE(value, 84 + 4 * i);
  return Buffer.concat([header, preview, sensorData]);
}

/** Canon since 2018: boxes, with two records like TIFF. */
export function cr3Of({ preview, thumbnail, orientation }: RawParts): Buffer {
  const about = new TiffDraft('II');
  const photo = new TiffDraft('II');
  const canon = box(
    'uuid',
    Buffer.from('85c0b687820f11e08111f4ce462b6a48', 'hex'),
    box('CNCV', 'CanonCR3_001/00.09.00/00.00.00'),
    box('CMT1', about.finish(about.directory([[0x0112, 3, [orientation]]]))),
    box('CMT2', photo.finish(photo.directory([time, offset]))),
    box('THMB', Buffer.alloc(16), thumbnail),
  );
  return Buffer.concat([
    box('ftyp', 'crx \0\0\0\x01crx isom'),
    box('moov', canon),
    box('mdat', preview, sensorData),
  ]);
}
