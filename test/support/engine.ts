import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import type { Assignment } from '../../src/domain/assignment/assign.ts';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { createGroup, inMemory } from '../../src/evaluation/replay/replay.ts';
import { type FrameFeatures, GroupMatcher } from '../../src/grouping/group-matcher.ts';
import { thresholdsOf } from '../../src/grouping/thresholds.ts';
import { openLmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { MembershipCache } from '../../src/storage/membership-cache.ts';
import { SegmentStore } from '../../src/storage/vectors/usearch/segment-store.ts';
import { openUsearchIndex } from '../../src/storage/vectors/usearch/usearch-index.ts';
import { findModel } from '../../src/vision/models/registry.ts';
import { testFolder } from './folders.ts';

const model = findModel('builtin');
export const { space } = model;

let hours = 0;

/** Hours from any other frame: capture times say nothing. */
export function timeless(embedding: Embedding): FrameFeatures {
  return { embedding, captured: { ms: ++hours * 3_600_000, origin: 'mtime' } };
}

/** The deciding parts of the daemon with the built-in model's calibration, and an index in a real store. */
export async function openEngine(context: TestContext, strictness = 0.9) {
  const folder = testFolder(context);
  const store = await openLmdbStore({ folder: join(folder, 'store'), space });
  const embeddings: Embedding[] = [];
  const index = await openUsearchIndex({
    space,
    segments: new SegmentStore(store.segments, join(folder, 'tmp'), space),
    source: { page: async (after, count) => numbered(embeddings).slice(after, after + count) },
    known: (after, last) => last - after,
  });
  context.after(() => store.close());
  const { config } = loadConfig({ flags: { 'grouping.strictness': strictness }, environment: {} });
  const thresholds = thresholdsOf(config, model);
  const membership = new MembershipCache();
  const matcher = new GroupMatcher(
    index,
    membership,
    inMemory((frame) => embeddings[frame - 1]),
    {
      thresholds,
      neighboursMax: config.grouping.neighboursMax,
    },
  );
  const put = async (features: FrameFeatures, group: GroupId, taught = {}): Promise<FrameId> => {
    const frame = (embeddings.length + 1) as FrameId;
    await matcher.add(frame, features, group, taught);
    embeddings.push(features.embedding);
    return frame;
  };
  const found = () => createGroup(membership);
  /** Decides and adds, like the daemon. */
  const arrive = async (features: FrameFeatures): Promise<Assignment & { readonly in: GroupId }> => {
    const assignment = await matcher.assign(features);
    const group = assignment.kind === 'joined' ? assignment.group : found();
    await put(features, group, assignment.evidence);
    return { ...assignment, in: group };
  };
  return { matcher, index, membership, thresholds, put, found, arrive };
}

function numbered(embeddings: readonly Embedding[]) {
  return embeddings.map((embedding, at) => ({ frame: (at + 1) as FrameId, embedding }));
}

/** The groups of frames in order of arrival. The index saves sealed segments meanwhile. */
export async function groupsOf(
  { arrive, index }: Awaited<ReturnType<typeof openEngine>>,
  sights: Iterable<FrameFeatures>,
): Promise<GroupId[]> {
  const groups: GroupId[] = [];
  for (const features of sights) {
    groups.push((await arrive(features)).in);
    if (groups.length % 16 === 0) await index.onCommitted();
  }
  return groups;
}
