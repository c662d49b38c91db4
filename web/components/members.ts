/** Returns the frames of each group, by group number, in order. Pure. */
export function membersOf(labels: readonly number[]): number[][] {
  const members: number[][] = [];
  for (const [frame, label] of labels.entries()) {
    const group = members[label];
    if (group === undefined) members[label] = [frame];
    else group.push(frame);
  }
  return Array.from(members, (group) => group ?? []);
}

/** Returns the groups of `one` that exist with exactly the same members in `other`. */
export function sameGroups(one: readonly number[], other: readonly number[]): Set<number> {
  const others = membersOf(other);
  const same = membersOf(one).flatMap((members, group) => {
    const [first] = members;
    const there = first === undefined ? undefined : others[other[first] as number];
    const isSame = there?.length === members.length && there.every((frame, at) => frame === members[at]);
    return isSame ? [group] : [];
  });
  return new Set(same);
}

/** Returns the group of `labels` with most of these frames. */
export function commonest(frames: readonly number[], labels: readonly number[]): number {
  return sharers(frames, labels)[0] ?? -1;
}

/**
 * Orders the groups of the other labelling along `groups`: beside each group, the groups with most common
 * frames.
 */
export function orderAlong(groups: readonly (readonly number[])[], labels: readonly number[]): number[] {
  return [...new Set(groups.flatMap((frames) => sharers(frames, labels)))];
}

function sharers(frames: readonly number[], labels: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const frame of frames) {
    const label = labels[frame] as number;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Array.from(counts.keys()).sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
}
