import type { Evidence } from '../../domain/assignment/assign.ts';
import type { Correction } from '../../domain/corrections.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { Group } from '../../domain/group.ts';
import type { Location } from '../../domain/group-change.ts';
import { evidenceRecord } from '../domain-codecs.ts';
import { type FilingRecord, pathKey, readName, recordVersion, storeName } from './records.ts';
import { entries, type LmdbTables, type openMeta } from './tables.ts';

/** Steps of transactions with changes of membership. */

/** Writes a new group, or the changes of a known group. No later group gets the number. */
export function putGroup(
  { groups }: Pick<LmdbTables, 'groups'>,
  meta: ReturnType<typeof openMeta>,
  { id, folder, foundedMs }: Group,
): void {
  groups.putSync(id, { v: recordVersion, folder: storeName(folder), foundedMs });
  meta.putSync('lastGroup', Math.max(Number(meta.get('lastGroup') ?? 0), id));
}

/** Frees the old name and reserves the new name. */
export function rename(
  { names }: Pick<LmdbTables, 'names'>,
  frame: FrameId,
  record: FilingRecord,
  group: number,
  name: string,
): void {
  const was = pathKey(String(record.group), readName(record.name));
  if (names.get(was) === frame) names.removeSync(was);
  names.putSync(pathKey(String(group), name), frame);
}

/** Makes the frame a member of another group, at its current place. */
export function moveFrame(
  tables: LmdbTables,
  frame: FrameId,
  { group, name }: Location,
  { fileId, evidence }: { readonly fileId: string; readonly evidence?: Evidence },
): void {
  const record = tables.filings.get(frame);
  if (record === undefined) return;
  rename(tables, frame, record, group, name);
  tables.members.removeSync([record.group, frame]);
  tables.members.putSync([group, frame], true);
  for (const one of [record.group, group]) tables.unwritten.putSync([one, frame], true);
  tables.filings.putSync(frame, {
    ...record,
    group,
    name: storeName(name),
    placedAs: fileId,
    ...(evidence && { evidence: evidenceRecord(evidence) }),
  });
}

/** Records that, by the user's decision, the frame belongs to one group and not to the other. */
export function correct({ corrections, touched }: LmdbTables, { frame, from, to }: Correction): void {
  corrections.putSync(entries(corrections) + 1, { v: recordVersion, frame, from, to });
  for (const group of [from, to]) touched.putSync(group, true);
}
