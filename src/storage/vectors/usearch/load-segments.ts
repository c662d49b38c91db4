import { rmSync } from 'node:fs';
import { Graph, smallExpansion } from './graph.ts';
import { mergeInThread, type VectorSource } from './merge.ts';
import {
  blocksAt,
  contiguousSegments,
  endOf,
  keyOf,
  type SegmentBlock,
  type SegmentLayout,
} from './segment-plan.ts';
import type { SegmentFacts, SegmentStore } from './segment-store.ts';

/** A sealed segment that is searched. */
export interface Segment {
  readonly facts: SegmentFacts;
  /** Undefined when there are no frames in it. */
  readonly graph: Graph | undefined;
}

export interface LoadParts {
  readonly segments: SegmentStore;
  readonly source: VectorSource;
  readonly layout: SegmentLayout;
  readonly identity: string;
  readonly dimensions: number;
}

export interface LoadedSegments {
  /** Those to search, oldest first, without gaps. */
  readonly searched: Segment[];
  /** All that the store holds; `fresh` is the file of one that waits to be searched. */
  readonly saved: { readonly facts: SegmentFacts; readonly fresh: string | undefined }[];
}

/** Opens what was saved; what is damaged is built again, alone, and what is of no use any more dropped. */
export async function loadSegments(parts: LoadParts): Promise<LoadedSegments> {
  const saved = new Map(parts.segments.list(parts.identity).map((facts) => [keyOf(facts), facts]));
  const wanted = wantedOf(saved, parts.layout);
  const searched: Segment[] = [];
  for (const facts of wanted) searched.push(await open(facts, parts));
  const kept = searched.map(({ facts }) => ({ facts, fresh: undefined as string | undefined }));
  for (const facts of saved.values()) {
    if (wanted.includes(facts)) continue;
    const path = isOfUse(facts, wanted, parts.layout) ? parts.segments.read(facts) : undefined;
    if (path === undefined) await parts.segments.drop(facts);
    else kept.push({ facts, fresh: path });
  }
  return { searched, saved: kept };
}

/** What would be searched had the run before gone on; where that is lost, the largest there is. */
function wantedOf(saved: ReadonlyMap<string, SegmentFacts>, layout: SegmentLayout): SegmentFacts[] {
  const tiling = contiguousSegments(saved.values(), layout);
  const last = tiling.at(-1);
  const seals = last === undefined ? 0 : endOf(last, layout);
  const due = blocksAt(seals, layout, (block) => saved.has(keyOf(block)));
  const facts = due.map((block) => saved.get(keyOf(block)));
  return facts.every((one) => one !== undefined) ? facts : tiling;
}

/** A merged one that waits for its time. */
function isOfUse(facts: SegmentFacts, wanted: readonly SegmentFacts[], layout: SegmentLayout): boolean {
  const isInside = (block: SegmentBlock) =>
    block.start >= facts.start && endOf(block, layout) <= endOf(facts, layout);
  return facts.frames > 0 && wanted.some((block) => block.level < facts.level && isInside(block));
}

async function open(facts: SegmentFacts, parts: LoadParts): Promise<Segment> {
  if (facts.frames === 0) return { facts, graph: undefined };
  const path = parts.segments.read(facts);
  const graph = path === undefined ? undefined : takeSnapshot(path, parts.dimensions, facts.level);
  return graph?.size === facts.frames ? { facts, graph } : rebuild(facts, parts);
}

/** From the vectors of its frames; nothing is decided before that is done. */
async function rebuild(damaged: SegmentFacts, parts: LoadParts): Promise<Segment> {
  const { segments, source, dimensions, identity } = parts;
  const path = segments.newFile();
  const never = new AbortController().signal;
  const frames = (await mergeInThread({ dimensions, path }, source, damaged, never)) ?? 0;
  const facts = { ...damaged, frames };
  await segments.save(facts, identity, frames > 0 ? path : undefined);
  return { facts, graph: frames > 0 ? takeSnapshot(path, dimensions, facts.level) : undefined };
}

/** The file's name is gone afterwards; its bytes stay while they are looked into. */
export function takeSnapshot(path: string, dimensions: number, level: number): Graph {
  const graph = level === 0 ? new Graph(dimensions, smallExpansion) : new Graph(dimensions);
  graph.view(path);
  rmSync(path);
  return graph;
}
