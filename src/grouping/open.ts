import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/options.ts';
import type { FrameId } from '../domain/frame.ts';
import { toSystem } from '../lib/fs/byte-path.ts';
import type { StagedMembership } from '../storage/membership-cache.ts';
import type { LibraryState } from '../storage/open.ts';
import type { Store } from '../storage/store.ts';
import type { Model } from '../vision/models/descriptor.ts';
import { Assigner } from './assigner.ts';
import { GroupFactory, type GroupFactoryOptions } from './group-factory.ts';
import { GroupMatcher } from './group-matcher.ts';
import { rememberedFrames } from './recent-captures.ts';
import { thresholdsOf } from './thresholds.ts';

export async function openAssigner(
  config: Config,
  library: string,
  model: Model,
  libraryState: LibraryState,
): Promise<Assigner> {
  const { mode, duplicates } = config;
  const { keypoints } = config.grouping;
  const { store, membership } = libraryState;
  const { keypointCredit } = await store.last();
  const groups = groupsOf(config, library, store);
  const options = { mode, duplicates, keypoints, keypointCredit, ...groups };
  return new Assigner(await openMatcher(config, model, libraryState), membership, store, options);
}

/** Opens a matcher and restores the observations of recent frames. */
export async function openMatcher(
  config: Config,
  model: Model,
  { store, membership, index }: LibraryState,
): Promise<GroupMatcher> {
  const { neighboursMax } = config.grouping;
  const options = { thresholds: thresholdsOf(config, model), neighboursMax };
  const matcher = new GroupMatcher(index, membership, (frames) => store.vectors.get(frames), options);
  await replayLast(matcher, store);
  return matcher;
}

export function openGroupFactory(
  config: Config,
  library: string,
  { membership, store }: { readonly membership: StagedMembership; readonly store: Store },
): GroupFactory {
  return new GroupFactory(membership, groupsOf(config, library, store));
}

function groupsOf(config: Config, library: string, store: Store): GroupFactoryOptions {
  return {
    reserveIds: (count) => store.groups.reserveIds(count),
    folderTemplate: config.naming.folder,
    isFolderTaken: (name) => isThere(toSystem(join(library, name))),
  };
}

/** A dangling link counts as existing. */
function isThere(path: Buffer | string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Restores capture times and observations of the most recent frames. */
async function replayLast(matcher: GroupMatcher, store: Store): Promise<void> {
  const last = (await store.last()).frame;
  const first = Math.max(1, last - rememberedFrames + 1);
  const frames = Array.from({ length: last - first + 1 }, (_, at) => (first + at) as FrameId);
  for (const { frame, evidence } of (await store.frames.getMany(frames)).values())
    matcher.replay(frame.id, frame.captured, evidence);
}
