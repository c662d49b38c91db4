import { evidenceOf, explainChange } from '../../domain/consolidation/change-evidence.ts';
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
export function explainProposal(one: SuggestedChange, reserve: ProposalReason, store: StoreReader): string[] {
  const nameOf = (frame: FrameId) => fileOf(frame, store);
  const { title, command } =
    one.kind === 'merge' ? mergeText(one.from, one.into, store) : moveText(one, store);
  const words = explainChange(evidenceOf(one.evidence), nameOf);
  return [title, `  ${words}`, `  Only proposed: ${reasons[reserve ?? 'kept']}.`, `  ${command}`];
}

const reasons = {
  touched: 'a person had a hand in one of the groups',
  published: 'one of the groups got no picture for long, and others may rely on it',
  kept: 'a person put a picture there',
} as const;

function mergeText(from: GroupId, into: GroupId, store: StoreReader) {
  const [one, other] = [from, into].map((group) => printable(store.folderOf(group)));
  const sizes = [from, into].map((group) => Array.from(store.members(group)).length);
  return {
    title: `${one} (${sizes[0]}) and ${other} (${sizes[1]}) seem to show the same`,
    command: `framesort merge ${quoted(store.folderOf(from))} ${quoted(store.folderOf(into))}`,
  };
}

function moveText({ frame, from, to }: Extract<SuggestedChange, { kind: 'move' }>, store: StoreReader) {
  const target = typeof to === 'number' ? store.folderOf(to) : '';
  const file = fileOf(frame, store);
  return {
    title: `${printable(file)} seems to belong to ${printable(target)}, not to ${printable(store.folderOf(from))}`,
    command: `framesort move ${quoted(file)} ${quoted(target)}`,
  };
}

export function fileOf(frame: FrameId, store: StoreReader): string {
  const placement = store.filing(frame)?.placement;
  return placement === undefined ? `frame ${frame} (gone)` : `${placement.folder}/${placement.name}`;
}

/** Quotes text for a shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
