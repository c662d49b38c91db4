import { createHash } from 'node:crypto';
import type { Embedding } from '../../src/domain/embedding.ts';
import type { Fingerprint, FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import type { FilingDecision } from '../../src/storage/store.ts';

/** A frame that founds a group, or joins an existing one, with facts derived from its number. */
export function filed(id: number, embedding: Embedding, group: number, isFounder = true): FilingDecision {
  const [frame, ofGroup, folder] = [id as FrameId, group as GroupId, `scene-${group}`];
  const evidence = {
    rule: 'first-of-all',
    join: 0.5,
    probability: 0,
    nearest: undefined,
    runnerUp: undefined,
  } as const;
  return {
    kind: 'file',
    frame: {
      id: frame,
      fingerprint: createHash('sha256').update(String(id)).digest('hex') as Fingerprint,
      source: `/inbox/${id}.jpg`,
      identity: `1:${id}:1:1`,
      sizeBytes: 1,
      captured: { ms: id, origin: 'mtime' },
      arrivedMs: id,
    },
    embedding,
    founded: isFounder ? { id: ofGroup, folder, frames: 0, foundedMs: id } : undefined,
    evidence,
    placement: { frame, group: ofGroup, folder, name: `${id}.jpg`, mode: 'move', state: 'planned' },
  };
}
