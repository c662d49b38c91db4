import { z } from 'zod';
import { unknownPlaceholders } from '../domain/group-naming.ts';

/**
 * Every option, once. Source of defaults, validation, config/default.yaml, the JSON Schema, docs/CONFIG.md,
 * environment variables and `config show`.
 */

export interface Option<T> {
  readonly schema: z.ZodType<T>;
  readonly value: T;
  readonly help: string;
}

function option<T>(schema: z.ZodType<T>, value: T, help: string): Option<T> {
  return { schema, value, help };
}

const count = z.int().positive();
const milliseconds = z.int().nonnegative();
const optionalPath = z.string().min(1).nullable();

const template = z
  .string()
  .min(1)
  .refine((text) => unknownPlaceholders(text).length === 0, 'knows {number}, {date}, {time} and {name} only');

export const rootOptions = {
  inbox: option(
    z.array(z.string().min(1)),
    [],
    'Folders that pictures are dropped into. Sub-folders are walked.',
  ),
  library: option(optionalPath, null, 'The folder that receives one sub-folder for each group.'),
  state: option(
    optionalPath,
    null,
    'Where the store lives. Default: $STATE_DIRECTORY, else $XDG_STATE_HOME/framesort.',
  ),
  mode: option(
    z.enum(['move', 'copy', 'hardlink', 'reflink', 'symlink']),
    'move',
    'How a picture enters its group. All but move leave it in the inbox as well. Where files can not share their content, hardlink and reflink copy.',
  ),
  duplicates: option(
    z.enum(['file', 'skip', 'quarantine']),
    'file',
    'A picture whose bytes were filed before: filed beside the first, left in the inbox, or put into quarantine.',
  ),
};

export const sectionOptions = {
  watch: {
    rescanSeconds: option(z.number().positive(), 60, 'Seconds between two walks of the inboxes, about.'),
    pollSeconds: option(
      z.number().positive(),
      1,
      'Seconds between two polls of an inbox folder without events.',
    ),
    usePolling: option(
      z.boolean(),
      false,
      'Poll the inboxes instead of waiting for events. With false, only inboxes without events are polled.',
    ),
  },
  intake: {
    settleMs: option(
      milliseconds,
      2_000,
      'A file written in place is taken after this time without a change.',
    ),
    incompleteMs: option(
      milliseconds,
      30_000,
      'A truncated picture counts as incomplete until this time after its last change.',
    ),
    ignore: option(z.array(z.string()), [], 'More names, or patterns of names, to ignore in the inbox.'),
    ignoreBuiltin: option(
      z.boolean(),
      true,
      'Ignore recycle bins, snapshots, thumbnails and other data of systems in the inbox.',
    ),
    backlogFramesMax: option(
      count,
      512,
      'Maximum number of settled pictures in work; the rest waits in the inbox.',
    ),
    fileBytesMax: option(count, 512 * 2 ** 20, 'Larger files go to quarantine.'),
    freeBytesMin: option(
      z.int().nonnegative(),
      50 * 2 ** 20,
      'Nothing is filed while the disk of the library or the state has less free space. 0: no limit.',
    ),
  },
  decode: {
    pixelsMax: option(count, 220_000_000, 'Pictures with more pixels go to quarantine.'),
    svg: option(z.boolean(), false, 'Whether SVG drawings are filed.'),
    workers: option(
      z.int().nonnegative(),
      0,
      'Decoder processes, each with a picture at a time; 0: the number of cores plus one.',
    ),
    timeoutMs: option(
      count,
      30_000,
      'A picture with a longer decoding time goes to quarantine after a second try.',
    ),
    memoryBytesMax: option(
      count,
      2 * 2 ** 30,
      'A picture with a larger decoder goes to quarantine after a second try.',
    ),
  },
  embed: {
    model: option(
      z.string().min(1),
      'builtin',
      'Name of a model (framesort models list), or the path of a model.json for an ONNX file.',
    ),
    workers: option(z.int().nonnegative(), 0, 'Embedding threads; 0: the number of cores.'),
    batchMax: option(count, 4, 'Maximum number of pictures in an embedding batch.'),
  },
  models: {
    mirrors: option(
      z.array(z.url()),
      [],
      'Addresses to download models from first, with the same paths as the published addresses.',
    ),
    offline: option(z.boolean(), false, 'Never use the network; models are pulled from files only.'),
  },
  grouping: {
    strictness: option(
      z.number().gt(0).lt(1),
      0.9,
      'The wanted share of right joins. Higher: fewer wrong joins, more and smaller groups.',
    ),
    joinSimilarity: option(
      z.number().min(-1).max(1).nullable(),
      null,
      'A picture joins from this similarity on, whatever the strictness. The value depends on the model.',
    ),
    calibration: option(
      optionalPath,
      null,
      'A file from "framesort tune": the calibration from groups of your own, in place of the model\'s calibration.',
    ),
    neighboursMax: option(count, 32, 'Nearest frames considered by a decision.'),
    keypoints: option(
      z.boolean(),
      true,
      'Whether keypoints verify pictures that nearly resemble a group: the same things from another viewpoint.',
    ),
    consolidation: option(
      z.boolean(),
      true,
      'Whether consolidation merges and splits groups and moves pictures after later pictures. "framesort undo" undoes each change.',
    ),
    publishedDays: option(
      z.number().nonnegative(),
      7,
      'After this many days without a new picture, changes of a group are only proposed. 0: all changes are only proposed.',
    ),
  },
  naming: {
    folder: option(
      template,
      'scene-{number}',
      'Names of new groups: {number}, {date}, {time}, {name} of the first picture.',
    ),
  },
  log: {
    level: option(
      z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
      'info',
      'Least urgent lines shown.',
    ),
    format: option(
      z.enum(['auto', 'json', 'pretty']),
      'auto',
      'auto: pretty on a terminal and JSON elsewhere.',
    ),
  },
};

type Values<Table> = { readonly [Key in keyof Table]: Table[Key] extends Option<infer T> ? T : never };
type Sections = { readonly [Name in keyof typeof sectionOptions]: Values<(typeof sectionOptions)[Name]> };

export type Config = Values<typeof rootOptions> & Sections;

/** All options as one list. The key of `sectionOptions.intake.settleMs` is `intake.settleMs`. */
export const allOptions: ReadonlyMap<string, Option<unknown>> = new Map([
  ...Object.entries(rootOptions),
  ...Object.entries(sectionOptions).flatMap(([section, options]) =>
    Object.entries(options).map(([name, one]) => [`${section}.${name}`, one] as const),
  ),
]);

/** `intake.settleMs` → `FRAMESORT_INTAKE_SETTLE_MS`. */
export function environmentName(key: string): string {
  return `FRAMESORT_${key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace('.', '_')
    .toUpperCase()}`;
}
