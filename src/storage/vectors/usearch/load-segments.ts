import { rmSync } from 'node:fs';
import { Graph, smallExpansion } from './graph.ts';
import { mergeInThread, type VectorSource } from './merge.ts';
import { type Block, blocksAt, endOf, keyOf, type Shape, tilingOf } from './segment-plan.ts';
import type { SegmentFacts, SegmentStore } from './segment-store.ts';

/** A sealed segment that is searched. */
export interface Segment {
  readonly facts: SegmentFacts;
  /** Undefined when there are no frames in it. */
  readonly graph: Graph | undefined;
}

export interface RestoreParts {
  readonly segments: SegmentStore;
  readonly source: VectorSource;
  readonly shape: Shape;
  readonly identity: string;
  readonly dimensions: number;
}

export interface Restored {
  /** Those to search, oldest first, without gaps. */
  readonly searched: Segment[];
  /** All that the store holds; `fresh` is the file of one that waits to be searched. */
  readonly saved: { readonly facts: SegmentFacts; readonly fresh: string | undefined }[];
}

/** Opens what was saved; what is damaged is built again, alone, and what is of no use any more dropped. */
export async function restoreSegments(parts: RestoreParts): Promise<Restored> {
  const saved = new Map(parts.segments.list(parts.identity).map((facts) => [keyOf(facts), facts]));
  const wanted = wantedOf(saved, parts.shape);
  const searched: Segment[] = [];
  for (const facts of wanted) searched.push(await open(facts, parts));
  const kept = searched.map(({ facts }) => ({ facts, fresh: undefined as string | undefined }));
  for (const facts of saved.values()) {
    if (wanted.includes(facts)) continue;
    const path = isOfUse(facts, wanted, parts.shape) ? parts.segments.read(facts) : undefined;
    if (path === undefined) await parts.segments.drop(facts);
    else kept.push({ facts, fresh: path });
  }
  return { searched, saved: kept };
}

/** What would be searched had the run before gone on; where that is lost, the largest there is. */
function wantedOf(saved: ReadonlyMap<string, SegmentFacts>, shape: Shape): SegmentFacts[] {
  const tiling = tilingOf(saved.values(), shape);
  const last = tiling.at(-1);
  const seals = last === undefined ? 0 : endOf(last, shape);
  const due = blocksAt(seals, shape, (block) => saved.has(keyOf(block)));
  const facts = due.map((block) => saved.get(keyOf(block)));
  return facts.every((one) => one !== undefined) ? facts : tiling;
}

/** A merged one that waits for its time. */
function isOfUse(facts: SegmentFacts, wanted: readonly SegmentFacts[], shape: Shape): boolean {
  const isInside = (block: Block) => block.start >= facts.start && endOf(block, shape) <= endOf(facts, shape);
  return facts.frames > 0 && wanted.some((block) => block.level < facts.level && isInside(block));
}

async function open(facts: SegmentFacts, parts: RestoreParts): Promise<Segment> {
  if (facts.frames === 0) return { facts, graph: undefined };
  const path = parts.segments.read(facts);
  const graph = path === undefined ? undefined : viewOf(path, parts.dimensions, facts.level);
  return graph?.size === facts.frames ? { facts, graph } : rebuild(facts, parts);
}

/** From the vectors of its frames; nothing is decided before that is done. */
async function rebuild(damaged: SegmentFacts, parts: RestoreParts): Promise<Segment> {
  const { segments, source, dimensions, identity } = parts;
  const path = segments.newFile();
  const never = new AbortController().signal;
  const frames = (await mergeInThread({ dimensions, path }, source, damaged, never)) ?? 0;
  const facts = { ...damaged, frames };
  await segments.save(facts, identity, frames > 0 ? path : undefined);
  return { facts, graph: frames > 0 ? viewOf(path, dimensions, facts.level) : undefined };
}

/** The file's name is gone afterwards; its bytes stay while they are looked into. */
export function viewOf(path: string, dimensions: number, level: number): Graph {
  const graph = level === 0 ? new Graph(dimensions, smallExpansion) : new Graph(dimensions);
  graph.view(path);
  rmSync(path);
  return graph;
}
