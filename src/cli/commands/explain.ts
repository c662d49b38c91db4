import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { libraryAround } from '../../config/paths.ts';
import type { Candidate } from '../../domain/assignment/assign.ts';
import { explainEvidence } from '../../domain/assignment/explain.ts';
import { explainChange, framesIn } from '../../domain/consolidation/change-evidence.ts';
import type { Fingerprint, FrameId } from '../../domain/frame.ts';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { printable } from '../../lib/fs/byte-path.ts';
import { nodeFileSystem } from '../../lib/fs/file-system.ts';
import { allChanges } from '../../storage/rows.ts';
import type { FrameRecord, StoreReader } from '../../storage/store.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState, withStore } from '../open-state.ts';
import type { Result } from '../result.ts';

interface ExplainFlags extends CommonFlags {
  readonly json?: boolean;
}

export function explainCommand(_: Result): Command {
  const command = new Command('explain')
    .description('Explain the group of a picture.')
    .argument('<file>', 'a picture in the library, or a copy of the picture')
    .option('--json', 'print the evidence as one line of JSON')
    .addHelpText(
      'after',
      examples(
        'framesort explain ~/Scenes/scene-0003/IMG_0042.jpg',
        'framesort explain IMG_0042.jpg --library ~/Scenes',
      ),
    )
    .action(explain);
  return withPlaces(command);
}

async function explain(file: string, flags: ExplainFlags): Promise<void> {
  const library = flags.library ?? (flags.state === undefined ? libraryAround(file) : undefined);
  const { state, config } = await existingState(library === undefined ? flags : { ...flags, library });
  await withStore(state, async (store) => {
    const frame =
      (await frameAt(store, config.library, resolve(file))) ?? (await frameOfSameBytes(store, file));
    const filing = frame === undefined ? undefined : await store.frames.get(frame);
    if (filing === undefined) throw await unknown(file, store);
    if (flags.json) printJson(filing);
    else for (const line of await inWords(filing, store)) print(line);
  });
}

async function frameAt(
  store: StoreReader,
  library: string | null,
  path: string,
): Promise<FrameId | undefined> {
  if (library === null) return undefined;
  const folder = relative(library, dirname(path));
  if (folder.includes(sep)) return undefined;
  const group = (await store.groups.all()).find((one) => one.folder === folder);
  return group && (await store.frames.at(group.id, basename(path)));
}

async function frameOfSameBytes(store: StoreReader, file: string): Promise<FrameId | undefined> {
  try {
    return await store.frames.withFingerprint((await nodeFileSystem.hash(file)) as Fingerprint);
  } catch (cause) {
    throw new FatalError(`read ${file}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
      exitCode: exitCodes.usage,
    });
  }
}

async function inWords({ frame, placement, evidence }: FrameRecord, store: StoreReader): Promise<string[]> {
  const captured = `${new Date(frame.captured.ms).toISOString()} (${origins[frame.captured.origin]})`;
  return [
    `${printable(join(placement.folder, placement.name))}`,
    `  arrived   ${new Date(frame.arrivedMs).toISOString()} as ${printable(frame.source)}`,
    `  captured  ${captured}`,
    `  why       ${explainEvidence(evidence, await nameOf(store, evidence.nearest))}`,
    ...(evidence.doubtful
      ? ['  doubt     It could as well have gone the other way: look whether it is right.']
      : []),
    ...(await changeLines(frame.id, store)),
    ...(await candidateLines('nearest ', evidence.nearest, store)),
    ...(await candidateLines('next    ', evidence.runnerUp, store)),
  ];
}

/** Returns the lines about each later change of the frame's group. */
async function changeLines(frame: FrameId, store: StoreReader): Promise<string[]> {
  const lines: string[] = [];
  for await (const { whenMs, why, frames } of allChanges(store)) {
    const move = frames.find((one) => one.frame === frame);
    if (move === undefined) continue;
    const from = printable(await store.groups.folderOf(move.from.group));
    const to = printable(await store.groups.folderOf(move.to.group));
    const by = why.by === 'command' ? 'a command' : 'consolidation';
    const nameOf = await memberNames(store, framesIn(why.evidence));
    const words = explainChange(why.evidence, nameOf);
    lines.push(
      `  changed   ${new Date(whenMs).toISOString()} from ${from} to ${to}, ${why.act} by ${by}: ${why.rule}`,
    );
    if (words !== '') lines.push(`            ${words}`);
  }
  return lines;
}

const origins = { exif: 'by the camera', name: 'by the file name', mtime: "by the file's time" } as const;

async function candidateLines(
  label: string,
  candidate: Candidate | undefined,
  store: StoreReader,
): Promise<string[]> {
  if (candidate === undefined) return [];
  const memberName = await memberNames(
    store,
    candidate.members.map(({ frame }) => frame),
  );
  const members = candidate.members.map(
    ({ frame, similarity }) => `${memberName(frame)} ${similarity.toFixed(3)}`,
  );
  return [`  ${label}  ${await nameOf(store, candidate)}: ${members.join(', ')}`];
}

async function memberNames(
  store: StoreReader,
  frames: readonly FrameId[],
): Promise<(frame: FrameId) => string> {
  const filings = await store.frames.getMany(frames);
  return (frame) => {
    const name = filings.get(frame)?.placement.name;
    return name === undefined ? `frame ${frame} (gone)` : printable(name);
  };
}

async function nameOf(store: StoreReader, candidate: Candidate | undefined): Promise<string> {
  if (candidate === undefined) return 'nothing';
  const group = (await store.groups.all()).find(({ id }) => id === candidate.group);
  return group === undefined ? `group ${candidate.group} (gone)` : printable(group.folder);
}

async function unknown(file: string, store: StoreReader): Promise<FatalError> {
  const options = { exitCode: exitCodes.failed };
  const aside = (await store.quarantine.all()).findLast(({ source }) => source === resolve(file));
  if (aside !== undefined) {
    const hint = '"framesort retry FILE" tries the file again.';
    return new FatalError(`explain ${file}: in quarantine: ${aside.message}`, { ...options, hint });
  }
  const source = await store.frames.source(resolve(file));
  if (source !== undefined && source.frame === undefined) {
    const hint = 'The file stays in its place until it changes.';
    return new FatalError(`explain ${file}: not filed: no picture, or one whose bytes were filed before`, {
      ...options,
      hint,
    });
  }
  const hint = 'Name a file inside the library, and the library with --library if it lies elsewhere.';
  return new FatalError(`explain ${file}: the store knows no such picture`, { ...options, hint });
}
