import { type Candidate, type Evidence, similarityTo } from '../domain/assignment/assign.ts';
import { explainEvidence } from '../domain/assignment/explain.ts';
import type { Embedding } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import { append } from '../lib/append.ts';
import { printable } from '../lib/fs/byte-path.ts';
import type { FrameRecord, StoreReader } from '../storage/store.ts';
import type { Doubt, LibraryData, Resembled } from './page-data.ts';

/** The library in the order of the page: groups, and their frames by capture time. */
export interface LibraryView {
  readonly groups: readonly Group[];
  readonly filings: readonly FrameRecord[];
  readonly quarantined: number;
}

export async function viewLibrary(store: StoreReader): Promise<LibraryView> {
  const groups = (await store.groups.all()).filter(({ frames }) => frames > 0);
  groups.sort((a, b) => b.frames - a.frames || a.id - b.id);
  const filings: FrameRecord[] = [];
  for (const { id } of groups) append(filings, await filingsOf(store, id));
  return { groups, filings, quarantined: (await store.counts()).quarantined };
}

async function filingsOf(store: StoreReader, group: GroupId): Promise<FrameRecord[]> {
  const known = await store.frames.getMany(await store.groups.members(group));
  // The daemon may move a frame meanwhile: the frame appears in its old group or not at all.
  const filings = Array.from(known.values()).filter(({ placement }) => placement.group === group);
  return filings.sort((a, b) => a.frame.captured.ms - b.frame.captured.ms || a.frame.id - b.frame.id);
}

/** Returns the vector of each frame; zeros for a frame forgotten meanwhile. */
export async function vectorsOf(store: StoreReader, { filings }: LibraryView): Promise<Embedding[]> {
  const known = await store.vectors.get(filings.map(({ frame }) => frame.id));
  const found = filings.map(({ frame }) => known.get(frame.id));
  const dimensions = found.find((vector) => vector !== undefined)?.length ?? 1;
  return found.map((vector) => vector ?? (new Float32Array(dimensions) as Embedding));
}

/** Returns the page's data about frames and groups. Callers add the thumbnails and the map. */
export function libraryData({ groups, filings, quarantined }: LibraryView) {
  const names = new Names(groups, filings);
  return {
    quarantined,
    groupNames: groups.map(({ folder }) => printable(folder)),
    groupOf: filings.map(({ placement }) => names.group(placement.group) as number),
    capturedMs: filings.map(({ frame }) => frame.captured.ms),
    origins: filings.map(({ frame }) => frame.captured.origin),
    why: filings.map(({ evidence }) => explainEvidence(evidence, names.of(evidence.nearest))),
    doubtful: doubtsOf(filings, names),
    frameNames: filings.map(({ placement }) => printable(placement.name)),
  } satisfies Omit<LibraryData, 'library' | 'made' | 'frames' | 'map'> & { frameNames: string[] };
}

/** Maps the store's groups and frames to their numbers on the page. */
class Names {
  readonly #groups: ReadonlyMap<GroupId, number>;
  readonly #frames: ReadonlyMap<FrameId, number>;
  readonly #folders: readonly string[];

  constructor(groups: readonly Group[], filings: readonly FrameRecord[]) {
    this.#groups = new Map(groups.map(({ id }, at) => [id, at]));
    this.#frames = new Map(filings.map(({ frame }, at) => [frame.id, at]));
    this.#folders = groups.map(({ folder }) => printable(folder));
  }

  group(id: GroupId): number | undefined {
    return this.#groups.get(id);
  }

  frame(id: FrameId): number | undefined {
    return this.#frames.get(id);
  }

  of(candidate: Candidate | undefined): string {
    if (candidate === undefined) return 'nothing';
    const at = this.group(candidate.group);
    return at === undefined ? `group ${candidate.group} (gone)` : (this.#folders[at] as string);
  }
}

function doubtsOf(filings: readonly FrameRecord[], names: Names): Doubt[] {
  const doubts = filings.flatMap(({ evidence }, frame) =>
    evidence.doubtful ? [doubtOf(evidence, frame, names)] : [],
  );
  return doubts.sort((a, b) => a.sure - b.sure || a.frame - b.frame);
}

function doubtOf(evidence: Evidence, frame: number, names: Names): Doubt {
  const { rule, probability, nearest, runnerUp, join } = evidence;
  return {
    frame,
    sure: rule === 'not-similar-enough' ? 1 - probability : probability,
    similarity: nearest && similarityTo(nearest),
    needed: join - (nearest?.lift ?? 0),
    nearest: nearest && resembled(nearest, names),
    runnerUp: runnerUp && resembled(runnerUp, names),
  };
}

function resembled(candidate: Candidate, names: Names): Resembled {
  const members = candidate.members.flatMap(({ frame, similarity }) => {
    const at = names.frame(frame);
    return at === undefined ? [] : [{ frame: at, similarity }];
  });
  const group = names.group(candidate.group);
  return { group, name: names.of(candidate), similarity: similarityTo(candidate), members };
}
