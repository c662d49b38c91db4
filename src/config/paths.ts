import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { markerFile, ownFolder } from '../domain/placement.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import type { Config } from './options.ts';

/** The state of a library that was filled by `sort` lives inside it. */
export function stateInside(library: string): string {
  return join(library, ownFolder, 'state');
}

/** The state to work with: the configured one, else the library's own, else the user's or the service's. */
export function stateOf({ state, library }: Config, environment: NodeJS.ProcessEnv): string {
  if (state !== null) return state;
  if (library !== null && existsSync(stateInside(library))) return stateInside(library);
  const home = environment.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  return environment.STATE_DIRECTORY ?? join(home, 'framesort');
}

/** Where a library that has no state any more gets one. Inside it, all commands find it. */
export function newStateOf({ state }: Config, library: string, environment: NodeJS.ProcessEnv): string {
  return state ?? environment.STATE_DIRECTORY ?? stateInside(library);
}

/** The library that a file or folder lies in; undefined if it lies in none. */
export function libraryAround(path: string): string | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, markerFile))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

export function requireLibrary({ library }: Config): string {
  if (library !== null) return library;
  throw new FatalError('no library is set', {
    hint: 'Name one with --library DIR, or set library in the configuration.',
    exitCode: exitCodes.configuration,
  });
}

/** An inbox inside the library, or the other way round, would feed on itself; so would a state inside an inbox. */
export function checkPaths(inboxes: readonly string[], library: string, state: string): void {
  for (const inbox of inboxes) {
    if (contains(inbox, state)) {
      throw new FatalError(
        `keep the state ${state} in the inbox ${inbox}: its files would come as pictures`,
        {
          hint: 'Name a folder outside the inboxes with --state DIR.',
          exitCode: exitCodes.configuration,
        },
      );
    }
    if (contains(inbox, library) || contains(library, inbox)) {
      throw new FatalError(`use ${inbox} as inbox of the library ${library}: one lies in the other`, {
        hint: 'Name two folders that lie side by side.',
        exitCode: exitCodes.configuration,
      });
    }
  }
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === '' || !(way === '..' || way.startsWith('../'));
}
