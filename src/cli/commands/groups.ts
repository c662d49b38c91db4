import { Command } from 'commander';
import { similarityTo } from '../../domain/assignment/assign.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { nearestWord } from '../../lib/nearest-word.ts';
import { allMemberships } from '../../storage/rows.ts';
import type { FrameRecord, StoreReader } from '../../storage/store.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState, withStore } from '../open-state.ts';
import type { Result } from '../result.ts';

interface GroupsFlags extends CommonFlags {
  readonly doubtful?: boolean;
  readonly json?: boolean;
}

export function groupsCommand(_: Result): Command {
  const command = new Command('groups')
    .description('List the groups, or the pictures of a group.')
    .argument('[show]', 'the word "show", before a name')
    .argument('[name]', 'the folder of the group to show')
    .option('--doubtful', 'list the pictures with a close decision')
    .option('--json', 'print one line of JSON for each group or picture')
    .addHelpText(
      'after',
      examples('framesort groups --library ~/Scenes', 'framesort groups show scene-0003 --library ~/Scenes'),
    )
    .action(async (show: string | undefined, name: string | undefined, flags: GroupsFlags) => {
      const { state } = await existingState(flags);
      await withStore(state, (store) => {
        if (flags.doubtful) return listDoubtful(store, flags);
        return show === undefined ? list(store, flags) : showGroup(store, name ?? show, flags);
      });
    });
  return withPlaces(command);
}

async function list(store: StoreReader, { json }: GroupsFlags): Promise<void> {
  for (const { folder, frames, foundedMs } of await store.groups.all()) {
    if (frames === 0) continue; // an empty group keeps its number in case its pictures return
    const founded = new Date(foundedMs).toISOString();
    if (json) printJson({ folder, frames, founded });
    else print(`${printable(folder).padEnd(24)} ${String(frames).padStart(6)} pictures  founded ${founded}`);
  }
}

async function listDoubtful(store: StoreReader, { json }: GroupsFlags): Promise<void> {
  for await (const { frame } of allMemberships(store)) {
    const filing = await store.frames.get(frame);
    if (filing?.evidence.doubtful !== true) continue;
    const { folder, name } = filing.placement;
    const { probability, runnerUp } = filing.evidence;
    if (json) printJson({ folder, name, probability, runnerUp: runnerUp?.group });
    else print(`${printable(`${folder}/${name}`).padEnd(48)} ${Math.round(100 * probability)} % sure`);
  }
}

async function showGroup(store: StoreReader, name: string, { json }: GroupsFlags): Promise<void> {
  const groups = await store.groups.all();
  const group = groups.find(({ folder }) => folder === name);
  if (group === undefined)
    throw noSuchGroup(
      name,
      groups.map(({ folder }) => folder),
    );
  for (const frame of await store.groups.members(group.id)) {
    const filing = await store.frames.get(frame);
    if (filing !== undefined) showFrame(filing, json === true);
  }
}

function showFrame({ frame, placement, evidence }: FrameRecord, asJson: boolean): void {
  const captured = new Date(frame.captured.ms).toISOString();
  const similarity = evidence.nearest && similarityTo(evidence.nearest);
  if (asJson)
    printJson({ name: placement.name, captured, rule: evidence.rule, similarity, source: frame.source });
  else
    print(
      `${printable(placement.name).padEnd(32)} ${captured}  ${evidence.rule}  ${similarity?.toFixed(3) ?? ''}`,
    );
}

function noSuchGroup(name: string, folders: readonly string[]): FatalError {
  const near = nearestWord(name, folders);
  const hint = near === undefined ? '"framesort groups" lists them.' : `Did you mean ${near}?`;
  return new FatalError(`show the group ${name}: there is none of that name`, {
    hint,
    exitCode: exitCodes.usage,
  });
}
