import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { GroupChange, Location, PendingMove } from '../../domain/group-change.ts';
import { changeReasonRecord } from '../domain-codecs.ts';
import type { FinishedMove, PlannedGroupChange, PlannedMove, RecordedPlan } from '../store.ts';
import { correct, moveFrame, putGroup } from './membership-writes.ts';
import {
  pathKey,
  type RegroupingRecord,
  readName,
  readRegrouping,
  readRelocation,
  recordVersion,
  regroupedRecord,
  relocationRecord,
  storeName,
} from './records.ts';
import type { LmdbTables, openMeta } from './tables.ts';

/**
 * The journal of group changes, and the moves under way. Every write runs within a transaction of the store.
 */
export class ChangeJournal {
  readonly #tables: LmdbTables;
  readonly #meta: ReturnType<typeof openMeta>;

  constructor(tables: LmdbTables, meta: ReturnType<typeof openMeta>) {
    this.#tables = tables;
    this.#meta = meta;
  }

  page(after: number, count: number): GroupChange[] {
    const rows = this.#tables.regroupings.getRange({ start: after + 1, limit: count });
    return Array.from(rows, ({ key, value }) => readRegrouping(key, value));
  }

  get(id: number): GroupChange | undefined {
    const record = this.#tables.regroupings.get(id);
    return record && readRegrouping(id, record);
  }

  moves(): PendingMove[] {
    return Array.from(this.#tables.relocations.getRange({}), ({ value }) => readRelocation(value));
  }

  move(frame: FrameId): PendingMove | undefined {
    const record = this.#tables.relocations.get(frame);
    return record && readRelocation(record);
  }

  plan(change: PlannedGroupChange): RecordedPlan {
    const frames = change.frames.filter((one) => this.#isStill(one));
    if (frames.length === 0 && change.frames.length > 0) return { id: undefined, frames: [] };
    return { id: this.#record(change, frames), frames };
  }

  /** Whether the frame is at `from`, without a move under way. */
  #isStill({ frame, from }: PlannedMove): boolean {
    const filing = this.#tables.filings.get(frame);
    const isThere = filing?.group === from.group && readName(filing.name) === from.name;
    return isThere && this.#tables.relocations.get(frame) === undefined;
  }

  /** Returns the id of the entry. */
  #record(change: PlannedGroupChange, frames: readonly PlannedMove[]): number {
    const { regroupings, blobs } = this.#tables;
    const { whenMs, why, undoes, founded, note } = change;
    const id = this.#lastId() + 1;
    const record: RegroupingRecord = {
      v: recordVersion,
      whenMs,
      why: changeReasonRecord(why),
      frames: frames.map(regroupedRecord),
    };
    regroupings.putSync(id, undoes === undefined ? record : { ...record, undoes });
    this.#noteUndone(undoes, id);
    if (founded !== undefined) putGroup(this.#tables, this.#meta, founded);
    const request = note?.(id, frames);
    if (request !== undefined) blobs.putSync(request.key, request.value);
    for (const one of frames) this.#recordMove(one, id, why.by === 'command');
    return id;
  }

  #lastId(): number {
    for (const last of this.#tables.regroupings.getKeys({ reverse: true, limit: 1 })) return last;
    return 0;
  }

  #recordMove(move: PlannedMove, change: number, isByCommand: boolean): void {
    const { relocations, names, emptied } = this.#tables;
    relocations.putSync(move.frame, relocationRecord(move, change));
    names.putSync(keyOf(move.to), move.frame);
    emptied.removeSync(move.to.group);
    if (isByCommand) this.touch(move.from.group, move.to.group);
  }

  #noteUndone(undone: number | undefined, by: number): void {
    const { regroupings } = this.#tables;
    const record = undone === undefined ? undefined : regroupings.get(undone);
    if (undone !== undefined && record !== undefined)
      regroupings.putSync(undone, { ...record, undoneBy: by });
  }

  rename(frame: FrameId, name: string): void {
    const { relocations, names } = this.#tables;
    const record = relocations.get(frame);
    if (record === undefined) return;
    this.#unreserve(this.move(frame)?.to, frame);
    names.putSync(keyOf({ group: record.to as GroupId, name }), frame);
    relocations.putSync(frame, { ...record, toName: storeName(name) });
  }

  markLinked(frame: FrameId): void {
    const { relocations } = this.#tables;
    const record = relocations.get(frame);
    if (record !== undefined) relocations.putSync(frame, { ...record, linked: true });
  }

  /** Ignores a move abandoned meanwhile. */
  finish({ frame, to, fileId }: FinishedMove): void {
    const { relocations, regroupings, filings, emptied } = this.#tables;
    const pendingMove = this.move(frame);
    if (pendingMove === undefined || pendingMove.state === 'abandoned' || filings.get(frame) === undefined)
      return;
    if (pendingMove.to.group !== to.group || pendingMove.to.name !== to.name) return;
    relocations.removeSync(frame);
    moveFrame(this.#tables, frame, to, { fileId });
    const { from, change } = pendingMove;
    if (regroupings.get(change)?.why.by === 'command')
      correct(this.#tables, { frame, from: from.group, to: to.group });
    if (this.#isEmpty(from.group)) emptied.putSync(from.group, true);
  }

  #isEmpty(group: GroupId): boolean {
    const { members } = this.#tables;
    return members.getKeysCount({ start: [group, 0], end: [group, Number.POSITIVE_INFINITY] }) === 0;
  }

  /** Names stay reserved until the leftovers of the move are removed. */
  abandon(frame: FrameId): void {
    const { relocations } = this.#tables;
    const record = relocations.get(frame);
    if (record !== undefined) relocations.putSync(frame, { ...record, dropped: true });
  }

  /** Only the journal remembers the move. */
  end(frame: FrameId): void {
    const { relocations, filings } = this.#tables;
    const [spots, filing] = [this.move(frame), filings.get(frame)];
    if (spots === undefined) return;
    relocations.removeSync(frame);
    for (const location of [spots.from, spots.to])
      if (filing?.group !== location.group || readName(filing.name) !== location.name)
        this.#unreserve(location, frame);
  }

  #unreserve(location: Location | undefined, frame: FrameId): void {
    const { names } = this.#tables;
    if (location !== undefined && names.get(keyOf(location)) === frame) names.removeSync(keyOf(location));
  }

  touch(...groups: readonly GroupId[]): void {
    for (const group of groups) this.#tables.touched.putSync(group, true);
  }
}

function keyOf({ group, name }: Location): Buffer {
  return pathKey(String(group), name);
}
