import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../../src/domain/assignment/assign.ts';
import type { SuggestedChange } from '../../src/domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../src/domain/frame.ts';
import type { GroupId } from '../../src/domain/group.ts';
import type { ChangeReason } from '../../src/domain/group-change.ts';
import { progressBytes, readProgress } from '../../src/grouping/consolidation/progress-record.ts';
import {
  captureTimeRecord,
  changeReasonRecord,
  evidenceRecord,
  readCaptureTime,
  readChangeReason,
  readEvidence,
} from '../../src/storage/domain-codecs.ts';
import { filingRecord, readFiling } from '../../src/storage/lmdb/records.ts';
import { filed } from '../support/decisions.ts';

/** The literals are the disk format of release 1.x. Renames in memory do not change the literals. */

const evidence: Evidence = {
  rule: 'keypoints',
  join: 0.7,
  probability: 0.9,
  nearest: {
    group: 3 as GroupId,
    score: 0.68,
    members: [{ frame: 5 as FrameId, similarity: 0.66, inliers: 21 }],
    lift: 0.02,
    spanMs: 900,
  },
  runnerUp: undefined,
  doubtful: true,
  lessons: [{ clock: 'exif', spanMs: 900, share: 0.8 }],
  known: 0.6,
};

const evidenceOnDisk =
  '{"rule":"keypoints","join":0.7,"probability":0.9,"nearest":{"group":3,"score":0.68,' +
  '"members":[{"frame":5,"similarity":0.66,"inliers":21}],"lift":0.02,"spanMs":900},' +
  '"doubtful":true,"lessons":[{"clock":"exif","spanMs":900,"share":0.8}],"known":0.6}';

test('evidence has the same keys in the same order on disk', () => {
  const record = evidenceRecord(evidence);
  assert.equal(JSON.stringify(record), evidenceOnDisk);
  assert.ok('runnerUp' in record); // the store writes an absent runner-up too
  assert.deepEqual(readEvidence(record), evidence);
});

test('evidence without optional facts has no keys for them', () => {
  const plain = {
    rule: 'first-of-all',
    join: 0.7,
    probability: 0,
    nearest: undefined,
    runnerUp: undefined,
  } as const;
  assert.deepEqual(Object.keys(evidenceRecord(plain)), Object.keys(plain));
  assert.deepEqual(readEvidence(JSON.parse(JSON.stringify(plain))), plain);
});

test('a capture time and the reason of a change have the same keys in the same order on disk', () => {
  const captured = { ms: 12, origin: 'exif' } as const;
  assert.equal(JSON.stringify(captureTimeRecord(captured)), '{"ms":12,"origin":"exif"}');
  assert.deepEqual(readCaptureTime(captureTimeRecord(captured)), captured);
  const why: ChangeReason = { act: 'merge', by: 'consolidation', rule: 'alike', evidence: { join: 0.7 } };
  const onDisk = '{"act":"merge","by":"consolidation","rule":"alike","evidence":{"join":0.7}}';
  assert.equal(JSON.stringify(changeReasonRecord(why)), onDisk);
  assert.deepEqual(readChangeReason(changeReasonRecord(why)), why);
});

test('the inode of a placed file is `fileId` in memory and `placedAs` on disk', () => {
  const record = filingRecord({ ...filed(1, new Float32Array(2) as never, 1), fileId: '8:77' });
  const keys =
    'v fingerprint source identity sizeBytes captured arrivedMs group name mode placed placedAs evidence';
  assert.deepEqual(Object.keys(record), keys.split(' '));
  assert.equal(record.placedAs, '8:77');
  assert.equal(readFiling(1 as FrameId, record, 'folder').fileId, '8:77');
});

test('proposals and the progress of the consolidation have the same bytes on disk', async () => {
  const target = { score: 0.8, best: 0.9, pair: [2, 7], mean: 0.6, lift: 0, crowding: 0.01 } as never;
  const proposals: SuggestedChange[] = [
    {
      kind: 'merge',
      from: 4 as GroupId,
      into: 2 as GroupId,
      evidence: { join: 0.7, target, own: undefined, inliers: 30 },
      proposed: true,
    },
    {
      kind: 'move',
      frame: 9 as FrameId,
      from: 2 as GroupId,
      to: 4 as GroupId,
      evidence: { join: 0.7, target: undefined, own: undefined },
      proposed: true,
    },
  ];
  const bytes = progressBytes({ seen: 9 as FrameId, proposals });
  const onDisk =
    '{"v":1,"seen":9,"proposals":[{"kind":"merge","from":4,"into":2,"evidence":{"join":0.7,' +
    '"target":{"score":0.8,"best":0.9,"pair":[2,7],"mean":0.6,"lift":0,"crowding":0.01},"inliers":30},"proposed":true},' +
    '{"kind":"move","frame":9,"from":2,"to":4,"evidence":{"join":0.7},"proposed":true}]}';
  assert.equal(bytes.toString(), onDisk);
  assert.deepEqual(await readProgress({ settings: { get: async () => bytes } }), { seen: 9, proposals });
});
