import { lstatSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/options.ts';
import type { Thresholds } from '../domain/assignment/assign.ts';
import { probabilityAt, similarityForPrecision } from '../domain/calibration.ts';
import type { EmbeddingSpace } from '../domain/embedding.ts';
import type { FrameId } from '../domain/frame.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import { toSystem } from '../lib/fs/byte-path.ts';
import { openLibrary } from '../library/library-folder.ts';
import { openLmdbStore } from '../storage/lmdb/lmdb-store.ts';
import { MembershipCache } from '../storage/membership-cache.ts';
import type { Store } from '../storage/store.ts';
import type { VectorSource } from '../storage/vectors/usearch/merge.ts';
import { SegmentStore } from '../storage/vectors/usearch/segment-store.ts';
import { openUsearchIndex, type UsearchIndex } from '../storage/vectors/usearch/usearch-index.ts';
import type { Decoder } from '../vision/decode/decoder.ts';
import { openDecoderPool } from '../vision/decode/process/decoder-pool.ts';
import type { Embedder } from '../vision/embed/embedder.ts';
import { openOnnxEmbedder } from '../vision/embed/onnx-embedder.ts';
import { selfTestOnce } from '../vision/embed/self-test.ts';
import { KeypointThread } from '../vision/keypoints/keypoint-thread.ts';
import { isCalibrationOf, withCalibration } from '../vision/models/calibration-file.ts';
import type { Model } from '../vision/models/descriptor.ts';
import { findModel, modelCache } from '../vision/models/registry.ts';
import { Assigner } from './assigner.ts';
import { GroupFactory, type GroupFactoryOptions } from './group-factory.ts';
import { GroupMatcher } from './group-matcher.ts';
import { rememberedFrames } from './recent-captures.ts';

/** The parts that the daemon, `evaluate` and the benches share, built the same way for all. */

/** Model and embedder are replaced when decisions change to another space. */
export interface FeatureExtractor {
  model: Model;
  readonly decoder: Decoder;
  embedder: Embedder;
  /** Pictures to have in work at once, so that every core has one to decode and one to embed. */
  readonly concurrency: number;
  close(): Promise<void>;
}

/** The configured model, with the user's own calibration where there is one. */
export function modelOf({ embed, grouping }: Config): Model {
  const model = findModel(embed.model);
  return grouping.calibration === null ? model : withCalibration(model, grouping.calibration);
}

/** Without a calibration that was made for another model than the one to use. */
export function withFittingCalibration(config: Config): Config {
  const { embed, grouping } = config;
  const isFitting =
    grouping.calibration === null || isCalibrationOf(findModel(embed.model), grouping.calibration);
  return isFitting ? config : { ...config, grouping: { ...grouping, calibration: null } };
}

/** `decodeProgram`: for tests, in place of the one that decodes. */
export async function openExtractor(config: Config, decodeProgram?: URL): Promise<FeatureExtractor> {
  const model = modelOf(config);
  const decoder = await openDecoder(config.decode, decodeProgram);
  try {
    const embedder = await openEmbedder(model, config);
    const extractor = { model, decoder, embedder, concurrency: 4 * availableParallelism() };
    const close = async () => void (await Promise.all([extractor.embedder.close(), decoder.close()]));
    return Object.assign(extractor, { close });
  } catch (error) {
    await decoder.close();
    throw error;
  }
}

/** One that was proved, now or before. */
export async function openEmbedder(model: Model, { embed }: Pick<Config, 'embed'>): Promise<Embedder> {
  await selfTestOnce(model, modelCache(), openOnnxEmbedder);
  return openOnnxEmbedder(model, {
    workers: embed.workers || availableParallelism(),
    batchMax: embed.batchMax,
  });
}

export function openDecoder(options: Config['decode'], program?: URL) {
  const { workers, timeoutMs, memoryBytesMax, ...settings } = options;
  // One more than cores: while the disk or the daemon keeps one waiting, no core is idle.
  return openDecoderPool({
    workers: workers || availableParallelism() + 1,
    limits: { timeoutMs, memoryBytesMax },
    settings,
    ...(program && { program }),
  });
}

/** How long a look at keypoints may take: a few hundred times what it usually does. */
const keypointsMs = 30_000;

/** Nothing is loaded before the first look. */
export function openKeypoints(program?: URL): KeypointThread {
  return new KeypointThread({ timeoutMs: keypointsMs, ...(program && { program }) });
}

export interface LibraryState {
  readonly store: Store;
  readonly membership: MembershipCache;
  /** Replaced when decisions change to another space. */
  index: UsearchIndex;
}

/** Store, catalogue and index of a state folder, in agreement with each other. */
export async function openState(
  state: string,
  model: Model,
  guard: (store: Store) => Store = (store) => store,
): Promise<LibraryState> {
  const store = guard(openLmdbStore({ folder: join(state, 'store'), space: model.space }));
  try {
    const membership = readMembership(store);
    return { store, membership, index: await openIndex(state, model.space, store, membership) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** `source`: the vectors of the space; those that decisions use, unless it is another one. */
export function openIndex(
  state: string,
  space: EmbeddingSpace,
  store: Store,
  membership: MembershipCache,
  source: VectorSource = store,
): Promise<UsearchIndex> {
  const segments = new SegmentStore(store.blobs, join(state, 'tmp'), space);
  const known = (after: FrameId, last: FrameId) => membership.countBetween(after, last);
  return openUsearchIndex({ space, segments, source, known });
}

/** Throws the saved index away; the next opening builds it from the store. */
export async function dropIndex(state: string, { space }: Model): Promise<void> {
  const store = openLmdbStore({ folder: join(state, 'store'), space });
  await new SegmentStore(store.blobs, join(state, 'tmp'), space).dropAll();
  await store.close();
}

export async function closeState({ store, index }: LibraryState): Promise<void> {
  try {
    await index.close();
  } finally {
    await store.close();
  }
}

/** Which frame is in which group, as the store says, or will be. */
export function readMembership(store: Store): MembershipCache {
  const membership = new MembershipCache(store.last().group);
  for (const group of store.groups()) membership.putGroup(group);
  for (const { frame, group } of store.memberships()) membership.putFrame(frame, group);
  for (const { frame, to, isDropped } of store.regroupings.underWay())
    if (!isDropped) membership.putFrame(frame, to.group);
  return membership;
}

export function openAssigner(
  config: Config,
  library: string,
  model: Model,
  libraryState: LibraryState,
): Assigner {
  const { mode, duplicates } = config;
  const { keypoints } = config.grouping;
  const options = { mode, duplicates, keypoints, ...foldersOf(config, library) };
  return new Assigner(
    openMatcher(config, model, libraryState),
    libraryState.membership,
    libraryState.store,
    options,
  );
}

/** With what the frames that arrived last taught. */
export function openMatcher(
  config: Config,
  model: Model,
  { store, membership, index }: LibraryState,
): GroupMatcher {
  const { neighboursMax } = config.grouping;
  const options = { limits: thresholdsOf(config, model), neighboursMax };
  const matcher = new GroupMatcher(index, membership, (frame) => store.embedding(frame), options);
  replayLast(matcher, store);
  return matcher;
}

export function openGroupFactory(
  config: Config,
  library: string,
  { membership }: Pick<LibraryState, 'membership'>,
): GroupFactory {
  return new GroupFactory(membership, foldersOf(config, library));
}

function foldersOf(config: Config, library: string): GroupFactoryOptions {
  return {
    folderTemplate: config.naming.folder,
    isFolderTaken: (name) => isThere(toSystem(join(library, name))),
  };
}

/** A link that leads nowhere is there as well. */
function isThere(path: Buffer | string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Capture times, and what they taught, of the frames that arrived last. */
function replayLast(matcher: GroupMatcher, store: Store): void {
  const last = store.last().frame;
  for (let frame = Math.max(1, last - rememberedFrames + 1); frame <= last; frame++) {
    const filing = store.filing(frame as FrameId);
    if (filing !== undefined) matcher.replay(filing.frame.id, filing.frame.captured, filing.evidence);
  }
}

/** What similarity is enough, from the wanted precision and the model's calibration. */
export function thresholdsOf({ grouping }: Config, { calibration, descriptor }: Model): Thresholds {
  if (calibration === undefined) return uncalibrated(descriptor.name, grouping.joinSimilarity);
  const usual = calibration.crowding;
  // A similarity that somebody chose means the same everywhere.
  const isAsked = usual !== undefined && grouping.joinSimilarity === null;
  return {
    join: grouping.joinSimilarity ?? similarityForPrecision(calibration, grouping.strictness),
    pairs: calibration.pairs,
    probabilityAt: (score) => probabilityAt(calibration, score),
    ...(isAsked && { crowding: { usual, joinMax: similarityForPrecision(calibration, 1) } }),
  };
}

/** For models whose similarities nobody has measured: what the user says, and even odds for all of it. */
function uncalibrated(name: string, join: number | null): Thresholds {
  if (join !== null) return { join, pairs: { slope: 30, centre: join - 0.1 }, probabilityAt: () => 0.5 };
  throw new FatalError(`group with the model ${name}: it has no calibration, so strictness has no meaning`, {
    hint: 'Set grouping.calibration to a file that "framesort tune" makes of groups of yours, or grouping.joinSimilarity to the cosine from which on pictures join.',
    exitCode: exitCodes.configuration,
  });
}

/** Opens the library that belongs to the store; makes one for a new store. */
export function openOwnLibrary(folder: string, store: Store): void {
  const expected = store.blobs.get('library')?.toString('utf8');
  const found = openLibrary(folder, expected);
  if (expected === undefined) store.blobs.put('library', Buffer.from(found));
}
