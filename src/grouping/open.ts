import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/options.ts';
import type { FrameId } from '../domain/frame.ts';
import { toSystem } from '../lib/fs/byte-path.ts';
import type { LibraryState } from '../storage/open.ts';
import type { Store } from '../storage/store.ts';
import type { Model } from '../vision/models/descriptor.ts';
import { Assigner } from './assigner.ts';
import { GroupFactory, type GroupFactoryOptions } from './group-factory.ts';
import { GroupMatcher } from './group-matcher.ts';
import { rememberedFrames } from './recent-captures.ts';
import { thresholdsOf } from './thresholds.ts';

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

/** Opens a matcher and restores the observations of recent frames. */
export function openMatcher(
  config: Config,
  model: Model,
  { store, membership, index }: LibraryState,
): GroupMatcher {
  const { neighboursMax } = config.grouping;
  const options = { thresholds: thresholdsOf(config, model), neighboursMax };
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
function replayLast(matcher: GroupMatcher, store: Store): void {
  const last = store.last().frame;
  for (let frame = Math.max(1, last - rememberedFrames + 1); frame <= last; frame++) {
    const filing = store.filing(frame as FrameId);
    if (filing !== undefined) matcher.replay(filing.frame.id, filing.frame.captured, filing.evidence);
  }
}
