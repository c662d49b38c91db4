/** The frames of each group, by the group's number, in the order of the frames. Pure. */
export function membersOf(labels: readonly number[]): number[][] {
  const members: number[][] = [];
  for (const [frame, label] of labels.entries()) {
    const group = members[label];
    if (group === undefined) members[label] = [frame];
    else group.push(frame);
  }
  return Array.from(members, (group) => group ?? []);
}

/** Groups of one labelling that have exactly these members in the other too. */
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
