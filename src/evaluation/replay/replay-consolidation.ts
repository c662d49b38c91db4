import type { Limits } from '../../domain/assignment/assign.ts';
import {
  type Consolidating,
  consolidate,
  consolidateInSteps,
  type Library,
} from '../../domain/consolidation/consolidate.ts';
import type { Amendment, Constraints } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import { lookedAt } from '../../domain/similarity/rerank.ts';
import type { Catalogue } from '../../storage/membership-cache.ts';
import { type Decided, type InliersOf, labelsOf } from './replay.ts';

/** Nobody was there who could have said anything. */
const unconstrained: Constraints = { isApart: () => false, isKept: () => false, isTouched: () => false };

/** The group of each picture after a consolidation of all of them, which is carried out. */
export function consolidatedLabels(decided: Decided, limits: Limits): number[] {
  carryOut(consolidate(framesOf(decided), libraryOf(decided), givenBy(decided, limits)), decided.catalogue);
  return labelsOf(decided);
}

/** The same, with keypoints asked where the daemon would ask them. */
export async function consolidatedSeeing(
  decided: Decided,
  limits: Limits,
  inliersOf: InliersOf,
): Promise<number[]> {
  const pictureOf = (frame: FrameId) => decided.arrivals[frame - 1]?.picture ?? -1;
  const given = { ...givenBy(decided, limits), keypoints: true };
  const steps = consolidateInSteps(framesOf(decided), libraryOf(decided), given);
  let step = steps.next();
  while (!step.done) {
    const pair = step.value;
    step = steps.next(pair && (await inliersOf(pictureOf(pair[0]), pictureOf(pair[1]))));
  }
  carryOut(step.value, decided.catalogue);
  return labelsOf(decided);
}

function framesOf({ arrivals }: Decided): FrameId[] {
  return arrivals.map((_, turn) => (turn + 1) as FrameId);
}

function givenBy({ grouper: { trust, returns } }: Decided, limits: Limits): Consolidating {
  return { limits, trust, returns, constraints: unconstrained };
}

function libraryOf(decided: Decided): Library {
  const { arrivals, catalogue, index, grouper } = decided;
  return {
    groupOf: (frame: FrameId) => catalogue.groupOf(frame),
    members: (group: GroupId) => catalogue.members(group),
    sightOf: (frame: FrameId) => {
      const [embedding, captured] = [grouper.embeddingOf(frame), arrivals[frame - 1]?.captured];
      return embedding && captured && { embedding, captured };
    },
    near: (frame: FrameId, count: number) => {
      const embedding = grouper.embeddingOf(frame);
      if (embedding === undefined) return [];
      const found = index.search(embedding, count + 1);
      const near = lookedAt(found, embedding, (one) => grouper.embeddingOf(one));
      return near.filter((one) => one.frame !== frame).slice(0, count);
    },
    sample: framesOf(decided),
  };
}

/** In memory, what the daemon does with files. */
export function carryOut(amendments: readonly Amendment[], catalogue: Catalogue): void {
  const founded = new Map<FrameId, GroupId>();
  for (const one of amendments) {
    if (one.proposed) continue;
    if (one.kind === 'merge')
      for (const frame of [...catalogue.members(one.from)]) catalogue.putFrame(frame, one.into);
    else catalogue.putFrame(one.frame, placeOf(one.to, founded, catalogue));
  }
}

function placeOf(
  to: GroupId | { readonly foundedBy: FrameId },
  founded: Map<FrameId, GroupId>,
  catalogue: Catalogue,
): GroupId {
  if (typeof to === 'number') return to;
  const group = founded.get(to.foundedBy) ?? catalogue.takeGroupId();
  founded.set(to.foundedBy, group);
  return group;
}
