import type { Mode } from '../../src/domain/placement.ts';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import type { Picture } from '../support/pictures.ts';
import { truncated } from '../support/pictures.ts';
import { filingSteps } from '../support/steps.ts';
import type { Order, Step } from './order.ts';

/** A file written to the inbox. */
export interface Arrival {
  /** Path below the inbox. Arrivals are filed in the order of their paths. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly mtimeMs: number;
  readonly fileMode: number;
  readonly isReadable: boolean;
}

/** Changes between a kill and the next start. */
export type Meddling =
  | 'none'
  /** The camera writes another picture under the name of a moved picture. */
  | 'names used again'
  /** Somebody puts a file of the same name into each group. */
  | 'names taken'
  /** Somebody removes the files still in the inbox. */
  | 'sources removed';

export interface Plan {
  readonly seed: number;
  /** The step of the first kill. */
  readonly step: Step;
  /** `regrouped`: kills a change of groups, and its undo, after the filing. */
  readonly kind: 'once' | 'twice' | 'continued' | 'regrouped';
  /** Groups are changed by a consolidation, not by commands. */
  readonly consolidates: boolean;
  readonly kills: readonly NonNullable<Order['kill']>[];
  readonly mode: Mode;
  readonly acrossDisks: boolean;
  readonly duplicates: Order['duplicates'];
  readonly meddling: Meddling;
  /** Equal rolls give equal files. */
  readonly roll: number;
  readonly arrivals: readonly Arrival[];
  /** Number of arrivals filed before the remaining ones, and before the kill. */
  readonly before: number;
}

export const steps: readonly Step[] = [
  ...filingSteps,
  'any moment',
  'relocating',
  'relocated',
  'change-planned',
];

/** Steps also reached by a change of groups. */
const regroupingSteps = new Set<Step>(['before-link', 'linked', 'before-unlink', 'unlinked', 'any moment']);
const onlyRegrouping = new Set<Step>(['relocating', 'relocated', 'change-planned']);
const ofUndoing: readonly Step[] = ['relocating', 'relocated', ...regroupingSteps];

const rolls = 6;
const readablePerRound = 9;
const takenMs = Date.UTC(2026, 5, 1, 8);

/** Steps reached once per batch, not once per file. */
const batchSteps = new Set<Step>(['assigned', 'committed', 'marked', 'relocated', 'change-planned']);

/** Plans a round from a seed. */
export function planRound(seed: number, step: Step, pool: readonly Picture[], hasOtherDisk: boolean): Plan {
  const random = seededRandom(seed);
  const acrossDisks = hasOtherDisk && (step === 'copied' || random.next() < 0.35);
  const mode = modeFor(step, acrossDisks, random);
  const kind = kindFor(step, random);
  const roll = random.below(rolls);
  const arrivals = arrivalsOf(roll, pool);
  const first = { step, time: 1 + random.below(batchSteps.has(step) ? 2 : 6) };
  const next = kind === 'regrouped' ? ofUndoing : steps;
  const second = { step: random.pick(next), time: 1 + random.below(2) };
  return {
    seed,
    step,
    kind,
    consolidates: kind === 'regrouped' && (step === 'change-planned' || seed % 2 === 0),
    kills: kind === 'twice' || kind === 'regrouped' ? [first, second] : [first],
    mode,
    acrossDisks,
    duplicates: random.pick(['file', 'file', 'skip', 'quarantine'] as const),
    meddling: meddlingFor(kind, mode, random),
    roll,
    arrivals,
    before: kind === 'continued' ? arrivals.findIndex(({ path }) => path.startsWith('b/')) : 0,
  };
}

function kindFor(step: Step, random: Random): Plan['kind'] {
  const kind = random.pick(['once', 'once', 'twice', 'continued'] as const);
  if (onlyRegrouping.has(step)) return 'regrouped';
  return regroupingSteps.has(step) && random.next() < 0.5 ? 'regrouped' : kind;
}

/** Returns a mode with the step. */
function modeFor(step: Step, acrossDisks: boolean, random: Random): Mode {
  if (step === 'unlinked') return 'move';
  if (step === 'copied') return acrossDisks ? random.pick(['move', 'copy']) : 'copy';
  const everywhere = ['move', 'move', 'copy', 'symlink'] as const;
  return random.pick(acrossDisks ? everywhere : [...everywhere, 'hardlink' as const]);
}

function meddlingFor(kind: Plan['kind'], mode: Mode, random: Random): Meddling {
  if (random.next() < 0.6 || kind === 'regrouped') return 'none';
  if (kind === 'continued') return 'names taken';
  return random.pick(mode === 'move' ? ['names used again', 'sources removed'] : ['sources removed']);
}

/** Pictures of a few places in two sub-folders with the same names, two duplicates, three bad files. */
function arrivalsOf(roll: number, pool: readonly Picture[]): Arrival[] {
  const random = seededRandom(roll);
  const start = random.below(pool.length - 2 * readablePerRound);
  const chosen = random.shuffled(pool.slice(start, start + 2 * readablePerRound)).slice(0, readablePerRound);
  const contents = chosen.map(({ bytes }) => ({ bytes, isReadable: true }));
  contents.splice(4, 0, contents[1] as (typeof contents)[0]);
  contents.push(contents[6] as (typeof contents)[0]);
  contents.splice(2, 0, { bytes: truncated(pool[roll]?.bytes as Buffer), isReadable: false });
  contents.splice(8, 0, { bytes: Buffer.from(`no picture ${roll}\n`), isReadable: false });
  contents.splice(9, 0, { bytes: Buffer.alloc(0), isReadable: false });
  const half = Math.ceil(contents.length / 2);
  return contents.map((content, at) => ({
    ...content,
    path: `${at < half ? 'a' : 'b'}/frame-${String(at % half).padStart(2, '0')}.jpg`,
    mtimeMs: takenMs + 1_000 * at + roll,
    fileMode: at % 3 === 0 ? 0o640 : 0o604,
  }));
}
