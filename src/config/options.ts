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

/** Files that operating systems leave in folders of pictures. */
const filesOfSystems = ['Thumbs.db', 'desktop.ini', '@eaDir', '$RECYCLE.BIN', 'System Volume Information'];

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
      'Seconds between two looks at a folder of an inbox from which no events arrive.',
    ),
    usePolling: option(
      z.boolean(),
      false,
      'Look for changes instead of being told. Without it, that is done where no events arrive.',
    ),
  },
  intake: {
    settleMs: option(
      milliseconds,
      2_000,
      'A file written in place is taken when it did not change for so long.',
    ),
    incompleteMs: option(
      milliseconds,
      30_000,
      'A picture that ends too early is taken for one still being written until its last change is so long ago.',
    ),
    ignore: option(z.array(z.string()), filesOfSystems, 'Names, or patterns of names, that are left alone.'),
    backlogFramesMax: option(
      count,
      512,
      'Settled pictures that are held at once; the rest waits in the inbox.',
    ),
    fileBytesMax: option(count, 512 * 2 ** 20, 'Larger files go to quarantine.'),
    freeBytesMin: option(
      z.int().nonnegative(),
      50 * 2 ** 20,
      'Nothing is filed while the disk of the library or of the state has less room. 0: never mind.',
    ),
  },
  decode: {
    pixelsMax: option(count, 220_000_000, 'Pictures with more pixels go to quarantine.'),
    svg: option(z.boolean(), false, 'Whether SVG drawings are filed.'),
    workers: option(
      z.int().nonnegative(),
      0,
      'Processes that decode, one picture at a time each; 0: one more than there are cores.',
    ),
    timeoutMs: option(count, 30_000, 'A picture that takes longer to decode, twice, goes to quarantine.'),
    memoryBytesMax: option(
      count,
      2 * 2 ** 30,
      'A picture whose decoder needs more memory, twice, goes to quarantine.',
    ),
  },
  embed: {
    model: option(
      z.string().min(1),
      'builtin',
      'Name of a model (framesort models list), or the path of a model.json that describes any ONNX file.',
    ),
    workers: option(z.int().nonnegative(), 0, 'Threads that embed; 0: one for each core.'),
    batchMax: option(count, 4, 'Pictures that a thread embeds at once, when so many wait.'),
  },
  models: {
    mirrors: option(
      z.array(z.url()),
      [],
      'Where models are downloaded from first: addresses that hold the same paths as the published ones.',
    ),
    offline: option(z.boolean(), false, 'Never use the network; models are pulled from files only.'),
  },
  grouping: {
    strictness: option(
      z.number().gt(0).lt(1),
      0.9,
      'The share of joins that should be right. Higher: fewer wrong joins, more and smaller groups.',
    ),
    joinSimilarity: option(
      z.number().min(-1).max(1).nullable(),
      null,
      'Joins from this similarity on, whatever the strictness. Means something for one model only.',
    ),
    calibration: option(
      optionalPath,
      null,
      'A file that "framesort tune" made of groups of your own: what similarity means, in place of what the model brings.',
    ),
    neighboursMax: option(count, 32, 'Nearest frames that a decision looks at.'),
    keypoints: option(
      z.boolean(),
      true,
      'Whether pictures that resemble a group almost enough are looked at again, for the same things seen from elsewhere.',
    ),
    consolidation: option(
      z.boolean(),
      true,
      'Whether groups are merged and parted, and pictures moved, when later pictures show that they should be. "framesort undo" takes it back.',
    ),
    publishedDays: option(
      z.number().nonnegative(),
      7,
      'A group that got no picture for so many days is left as it is: what should change there is only proposed. 0: all is only proposed.',
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
      'Pretty on a terminal and JSON elsewhere, or always one.',
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
