import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { FrameId } from '../domain/frame.ts';
import type { Group } from '../domain/group.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import { printable } from '../lib/fs/byte-path.ts';
import { nearestWord } from '../lib/nearest-word.ts';
import type { StoreReader } from '../storage/store.ts';

/** Returns the group with this folder name, or with this path. Throws FatalError with the nearest name. */
export async function findGroup(text: string, store: StoreReader, library: string): Promise<Group> {
  const groups = await store.groups.all();
  const inside = relative(library, resolve(text));
  const found =
    groups.find(({ folder }) => folder === text.replace(/\/+$/, '')) ??
    groups.find(({ folder }) => folder === inside);
  if (found !== undefined) return found;
  const names = groups.filter(({ frames }) => frames > 0).map(({ folder }) => folder);
  const near = nearestWord(text, names);
  throw new FatalError(`change the group ${text}: there is none of that name`, {
    hint: near === undefined ? '"framesort groups" lists them.' : `Did you mean ${printable(near)}?`,
    exitCode: exitCodes.usage,
  });
}

/** Returns the frame of a file in the library. Throws FatalError if the file is not filed. */
export async function findFrame(file: string, store: StoreReader, library: string): Promise<FrameId> {
  const places = isAbsolute(file) ? [file] : [resolve(file), join(library, file)];
  for (const path of places) {
    const [folder, name, ...more] = relative(library, path).split(sep);
    const group = (await store.groups.all()).find((one) => one.folder === folder);
    if (group === undefined || name === undefined || more.length > 0) continue;
    const frame = await store.frames.at(group.id, name);
    if (frame !== undefined) return frame;
  }
  throw new FatalError(`find ${file}: it is not filed in ${library}`, {
    hint: 'Name a picture in a group\'s folder; "framesort groups show GROUP" lists what is in one.',
    exitCode: exitCodes.usage,
  });
}
