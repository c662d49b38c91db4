import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { markerFile, ownFolder } from '../domain/placement.ts';
import { exitCodes, FatalError } from '../lib/errors.ts';
import type { Config } from './options.ts';

/** Returns the state folder inside a library, used by `sort`. */
export function stateInside(library: string): string {
  return join(library, ownFolder, 'state');
}

/** Returns the state folder: the configured one, else the library's own, else the service's or the user's. */
export function stateOf({ state, library }: Config, environment: NodeJS.ProcessEnv): string {
  if (state !== null) return state;
  if (library !== null && existsSync(stateInside(library))) return stateInside(library);
  const home = environment.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  return environment.STATE_DIRECTORY ?? join(home, 'framesort');
}

/**
 * Returns the folder for the new state of a library without a state. All commands find a state inside the
 * library.
 */
export function newStateOf({ state }: Config, library: string, environment: NodeJS.ProcessEnv): string {
  return state ?? environment.STATE_DIRECTORY ?? stateInside(library);
}

/** Returns the library that contains a path, or undefined. */
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

/**
 * Throws FatalError if inbox and library overlap, or if the state lies in an inbox: framesort would file its
 * own files.
 */
export function checkPaths(inboxes: readonly string[], library: string, state: string): void {
  for (const inbox of inboxes) {
    if (contains(inbox, state)) {
      throw new FatalError(
        `keep the state ${state} in the inbox ${inbox}: framesort would file its files as pictures`,
        {
          hint: 'Name a folder outside the inboxes with --state DIR.',
          exitCode: exitCodes.configuration,
        },
      );
    }
    if (contains(inbox, library) || contains(library, inbox)) {
      throw new FatalError(`use ${inbox} as inbox of the library ${library}: the folders overlap`, {
        hint: 'Name two separate folders.',
        exitCode: exitCodes.configuration,
      });
    }
  }
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === '' || !(way === '..' || way.startsWith('../'));
}
