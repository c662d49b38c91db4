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

/** A sealed, searchable segment. */
export interface Segment {
  readonly facts: SegmentFacts;
  /** Undefined if the segment has no frames. */
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
  /** Segments to search, oldest first, without gaps. */
  readonly searched: Segment[];
  /** All segments in the store. `fresh` is the file of a segment not searched yet. */
  readonly saved: { readonly facts: SegmentFacts; readonly fresh: string | undefined }[];
}

/** Opens the saved segments. Rebuilds damaged segments one by one, and deletes obsolete segments. */
export async function loadSegments(parts: LoadParts): Promise<LoadedSegments> {
  const saved = new Map((await parts.segments.list(parts.identity)).map((facts) => [keyOf(facts), facts]));
  const searchable = segmentsToSearch(saved, parts.layout);
  const searched: Segment[] = [];
  for (const facts of searchable) searched.push(await open(facts, parts));
  const kept = searched.map(({ facts }) => ({ facts, fresh: undefined as string | undefined }));
  for (const facts of saved.values()) {
    if (searchable.includes(facts)) continue;
    const path = isWaiting(facts, searchable, parts.layout) ? await parts.segments.read(facts) : undefined;
    if (path === undefined) await parts.segments.drop(facts);
    else kept.push({ facts, fresh: path });
  }
  return { searched, saved: kept };
}

/**
 * Returns the segments that the previous run would search. If some are lost, returns the largest available
 * ones.
 */
function segmentsToSearch(saved: ReadonlyMap<string, SegmentFacts>, layout: SegmentLayout): SegmentFacts[] {
  const contiguous = contiguousSegments(saved.values(), layout);
  const last = contiguous.at(-1);
  const seals = last === undefined ? 0 : endOf(last, layout);
  const due = blocksAt(seals, layout, (block) => saved.has(keyOf(block)));
  const facts = due.map((block) => saved.get(keyOf(block)));
  return facts.every((one) => one !== undefined) ? facts : contiguous;
}

/** Whether a merged segment is waiting to replace its parts. */
function isWaiting(facts: SegmentFacts, searchable: readonly SegmentFacts[], layout: SegmentLayout): boolean {
  const isInside = (block: SegmentBlock) =>
    block.start >= facts.start && endOf(block, layout) <= endOf(facts, layout);
  return facts.frames > 0 && searchable.some((block) => block.level < facts.level && isInside(block));
}

async function open(facts: SegmentFacts, parts: LoadParts): Promise<Segment> {
  if (facts.frames === 0) return { facts, graph: undefined };
  const path = await parts.segments.read(facts);
  const graph = path === undefined ? undefined : openView(path, parts.dimensions, facts.level);
  return graph?.size === facts.frames ? { facts, graph } : rebuild(facts, parts);
}

/** Rebuilds a segment from the vectors of its frames. Decisions wait for the rebuild. */
async function rebuild(damaged: SegmentFacts, parts: LoadParts): Promise<Segment> {
  const { segments, source, dimensions, identity } = parts;
  const path = segments.newFile();
  const never = new AbortController().signal;
  const frames = (await mergeInThread({ dimensions, path }, source, damaged, never)) ?? 0;
  const facts = { ...damaged, frames };
  await segments.save(facts, identity, frames > 0 ? path : undefined);
  return { facts, graph: frames > 0 ? openView(path, dimensions, facts.level) : undefined };
}

/** Maps a segment's file and unlinks it. The bytes stay until the graph is closed. */
export function openView(path: string, dimensions: number, level: number): Graph {
  const graph = level === 0 ? new Graph(dimensions, smallExpansion) : new Graph(dimensions);
  graph.view(path);
  rmSync(path);
  return graph;
}
