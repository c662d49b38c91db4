import { evidenceOf, explainChange, framesIn } from '../../domain/consolidation/change-evidence.ts';
import type { SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import type { FrameId } from '../../domain/frame.ts';
import type { GroupId } from '../../domain/group.ts';
import type { Consolidated } from '../../grouping/consolidation/consolidator.ts';
import type { ProposalReason } from '../../grouping/consolidation/user-constraints.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import type { StoreReader } from '../../storage/store.ts';
import { plural } from './counted.ts';

/**
 * Returns the result of consolidation as lines; none without a change or a proposal. `places`: flags for
 * other commands.
 */
export function explainConsolidation(sum: Consolidated, isDry: boolean, places: string): string[] {
  const { changes, pictures, merged, proposed } = sum;
  const lines: string[] = [];
  if (changes > 0) {
    const verb = isDry ? 'would be' : pictures === 1 ? 'was' : 'were';
    const others = changes - merged;
    const what = [
      ...(merged > 0 ? [`${plural(merged, 'group')} merged into others`] : []),
      ...(others > 0 ? [plural(others, 'other move')] : []),
    ].join(', ');
    lines.push(`${plural(pictures, 'picture')} ${verb} put right by consolidation: ${what}.`);
    if (!isDry) lines.push(`  "framesort undo --last ${changes} ${places}" undoes these changes.`);
  }
  if (proposed > 0 && isDry) lines.push(`${plural(proposed, 'change')} would only be proposed.`);
  else if (proposed > 0)
    lines.push(`${plural(proposed, 'change')} only proposed: see "framesort proposals ${places}".`);
  return lines;
}

/**
 * Returns a proposal as lines: the change, the evidence, the reason for only proposing, and the command to
 * apply the change.
 */
export async function explainProposal(
  one: SuggestedChange,
  reserve: ProposalReason,
  store: StoreReader,
): Promise<string[]> {
  const { title, command } =
    one.kind === 'merge' ? await mergeText(one.from, one.into, store) : await moveText(one, store);
  const evidence = evidenceOf(one.evidence);
  const names = new Map<FrameId, string>();
  for (const frame of framesIn(evidence)) names.set(frame, await fileOf(frame, store));
  const words = explainChange(evidence, (frame) => names.get(frame) ?? '');
  return [title, `  ${words}`, `  Only proposed: ${reasons[reserve ?? 'kept']}.`, `  ${command}`];
}

const reasons = {
  touched: 'a person had a hand in one of the groups',
  published: 'one of the groups got no picture for long, and others may rely on it',
  kept: 'a person put a picture there',
} as const;

async function mergeText(from: GroupId, into: GroupId, store: StoreReader) {
  const [one, other] = [await store.groups.folderOf(from), await store.groups.folderOf(into)];
  const [some, others] = [await store.groups.members(from), await store.groups.members(into)];
  return {
    title: `${printable(one)} (${some.length}) and ${printable(other)} (${others.length}) seem to show the same`,
    command: `framesort merge ${quoted(one)} ${quoted(other)}`,
  };
}

async function moveText({ frame, from, to }: Extract<SuggestedChange, { kind: 'move' }>, store: StoreReader) {
  const target = typeof to === 'number' ? await store.groups.folderOf(to) : '';
  const file = await fileOf(frame, store);
  const own = await store.groups.folderOf(from);
  return {
    title: `${printable(file)} seems to belong to ${printable(target)}, not to ${printable(own)}`,
    command: `framesort move ${quoted(file)} ${quoted(target)}`,
  };
}

export async function fileOf(frame: FrameId, store: StoreReader): Promise<string> {
  const placement = (await store.frames.get(frame))?.placement;
  return placement === undefined ? `frame ${frame} (gone)` : `${placement.folder}/${placement.name}`;
}

/** Quotes text for a shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
