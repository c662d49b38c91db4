import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { GroupChange, Location, PendingMove } from '../../domain/group-change.ts';
import { changeReasonRecord } from '../domain-codecs.ts';
import type {
  FinishedMove,
  GroupChangeTable,
  PlannedGroupChange,
  PlannedMove,
  RecordedPlan,
} from '../store.ts';
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

/** The journal of group changes, and the moves under way. */
export class ChangeJournal implements GroupChangeTable {
  readonly #tables: LmdbTables;
  readonly #meta: ReturnType<typeof openMeta>;
  readonly #write: (what: string, change: () => void) => void;

  /** `write` runs a function in one transaction. */
  constructor(
    tables: LmdbTables,
    meta: ReturnType<typeof openMeta>,
    write: (what: string, change: () => void) => void,
  ) {
    this.#tables = tables;
    this.#meta = meta;
    this.#write = write;
  }

  *journal(): Iterable<GroupChange> {
    for (const { key, value } of this.#tables.regroupings.getRange({})) yield readRegrouping(key, value);
  }

  get(id: number): GroupChange | undefined {
    const record = this.#tables.regroupings.get(id);
    return record && readRegrouping(id, record);
  }

  *underWay(): Iterable<PendingMove> {
    for (const { value } of this.#tables.relocations.getRange({})) yield readRelocation(value);
  }

  pendingMove(frame: FrameId): PendingMove | undefined {
    const record = this.#tables.relocations.get(frame);
    return record && readRelocation(record);
  }

  *emptied(): Iterable<GroupId> {
    for (const group of this.#tables.emptied.getKeys({})) yield group as GroupId;
  }

  *touched(): Iterable<GroupId> {
    for (const group of this.#tables.touched.getKeys({})) yield group as GroupId;
  }

  plan(change: PlannedGroupChange): RecordedPlan {
    let recorded: RecordedPlan = { id: undefined, frames: [] };
    this.#write('record a change of groups in the store', () => {
      const frames = change.frames.filter((one) => this.#isStill(one));
      if (frames.length === 0 && change.frames.length > 0) return;
      recorded = { id: this.#record(change, frames), frames };
    });
    return recorded;
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
    this.#write('record another name in the store', () => {
      const record = relocations.get(frame);
      if (record === undefined) return;
      this.#unreserve(this.pendingMove(frame)?.to, frame);
      names.putSync(keyOf({ group: record.to as GroupId, name }), frame);
      relocations.putSync(frame, { ...record, toName: storeName(name) });
    });
  }

  markLinked(frame: FrameId): void {
    const { relocations } = this.#tables;
    this.#write('record a new name in the store', () => {
      const record = relocations.get(frame);
      if (record !== undefined) relocations.putSync(frame, { ...record, linked: true });
    });
  }

  /** Ignores moves abandoned meanwhile. */
  finishMoves(done: readonly FinishedMove[]): void {
    this.#write('record moved pictures in the store', () => {
      for (const one of done) this.#finishMoves(one);
    });
  }

  #finishMoves({ frame, to, fileId }: FinishedMove): void {
    const { relocations, regroupings, filings, emptied } = this.#tables;
    const pendingMove = this.pendingMove(frame);
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

  drop(frame: FrameId): void {
    this.#write('drop a move in the store', () => this.dropWithin(frame));
  }

  /** Within a transaction. Names stay reserved until the leftovers of the move are removed. */
  dropWithin(frame: FrameId): void {
    const { relocations } = this.#tables;
    const record = relocations.get(frame);
    if (record !== undefined) relocations.putSync(frame, { ...record, dropped: true });
  }

  end(frame: FrameId): void {
    this.#write('end a move in the store', () => this.endWithin(frame));
  }

  /** Within a transaction: only the journal remembers the move. */
  endWithin(frame: FrameId): void {
    const { relocations, filings } = this.#tables;
    const [spots, filing] = [this.pendingMove(frame), filings.get(frame)];
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

  /** Within a transaction. */
  touch(...groups: readonly GroupId[]): void {
    for (const group of groups) this.#tables.touched.putSync(group, true);
  }

  markRemoved(group: GroupId): void {
    this.#write('record a removed folder in the store', () => {
      this.#tables.emptied.removeSync(group);
    });
  }
}

function keyOf({ group, name }: Location): Buffer {
  return pathKey(String(group), name);
}
