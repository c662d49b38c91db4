import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../src/config/options.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import { openAssigner } from '../../src/grouping/open.ts';
import { closeState, type LibraryState, openState } from '../../src/storage/open.ts';
import type { FrameRecord, StoreReader } from '../../src/storage/store.ts';
import type { FeatureExtractor } from '../../src/vision/extractor.ts';

/**
 * Replays the same arrivals in order, without faults, deaths and restarts. Returns the differences between
 * the groups. Nobody may have changed the library.
 */
export async function differencesFromCalm(
  library: string,
  kept: StoreReader,
  { extractor, config }: { readonly extractor: FeatureExtractor; readonly config: Config },
  folder: string,
): Promise<string[]> {
  const filings = await filingsOf(kept);
  // A forgotten frame influenced later decisions.
  if (filings === undefined) return [];
  const memory = await openState(join(folder, 'calm'), extractor.model);
  try {
    const groups = await decideAnew(filings, library, { extractor, config, memory });
    return differences(filings, groups);
  } finally {
    await closeState(memory);
  }
}

async function filingsOf(kept: StoreReader): Promise<FrameRecord[] | undefined> {
  const ids = Array.from({ length: (await kept.last()).frame }, (_, at) => (at + 1) as FrameId);
  const filings = Array.from((await kept.frames.getMany(ids)).values());
  return filings.length === ids.length ? filings : undefined;
}

async function decideAnew(
  filings: readonly FrameRecord[],
  library: string,
  { extractor, config, memory }: { extractor: FeatureExtractor; config: Config; memory: LibraryState },
): Promise<GroupId[]> {
  const assigner = await openAssigner(config, join(library, 'none'), extractor.model, memory);
  const groups: GroupId[] = [];
  for (const { frame, placement } of filings) {
    const { id: _, ...facts } = frame;
    const bytes = readFileSync(join(library, placement.folder, placement.name));
    const embedding = await extractor.embed(bytes);
    const decision = await assigner.assign(await assigner.prepare({ kind: 'readable', ...facts, embedding }));
    await memory.store.commit([decision]);
    assigner.onCommitted();
    await memory.index.onCommitted();
    if (decision.kind === 'file') groups.push(decision.placement.group);
  }
  return groups;
}

/** Groups are equal if they hold the same frames. */
function differences(filings: readonly FrameRecord[], calm: readonly GroupId[]): string[] {
  const [there, back] = [new Map<GroupId, GroupId>(), new Map<GroupId, GroupId>()];
  return filings.flatMap(({ frame, placement: { group } }, at) => {
    const other = calm[at] as GroupId;
    const isSame = (there.get(group) ?? other) === other && (back.get(other) ?? group) === group;
    there.set(group, other);
    back.set(other, group);
    return isSame ? [] : [`frame ${frame.id} is in group ${group}, in a calm run it is in ${other}`];
  });
}
