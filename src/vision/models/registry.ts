import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, FatalError } from '../../lib/errors.ts';
import { loadModel, type Model } from './descriptor.ts';
import { downloadable } from './downloadable.ts';

/** Built-in models; the folder lies beside `src` and `dist` alike. */
const ownModels = fileURLToPath(new URL('../../../models/', import.meta.url));

/** Folder of downloaded models: in the service's cache folder, else in the user's. */
export function modelCache(environment: NodeJS.ProcessEnv = process.env): string {
  const { CACHE_DIRECTORY, XDG_CACHE_HOME } = environment;
  if (CACHE_DIRECTORY) return join(CACHE_DIRECTORY, 'models');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'framesort', 'models');
}

/** Path of a downloaded model's descriptor. */
export function installedDescriptor(name: string, cache: string): string {
  return join(cache, name, 'model.json');
}

/** Finds a model by name, or by the path of its descriptor. Throws FatalError if there is none. */
export function findModel(nameOrPath: string, cache = modelCache()): Model {
  const path = pathOf(nameOrPath, cache);
  if (existsSync(path)) return loadModel(path);
  throw new FatalError(`find the model ${nameOrPath}: ${reasonMissing(nameOrPath, path)}`, {
    hint: hintFor(nameOrPath),
    exitCode: exitCodes.configuration,
  });
}

function pathOf(nameOrPath: string, cache: string): string {
  if (!/^[\w-]+$/.test(nameOrPath)) return nameOrPath;
  const own = join(ownModels, nameOrPath, 'model.json');
  if (existsSync(own)) return own;
  return downloadable(nameOrPath) ? installedDescriptor(nameOrPath, cache) : nameOrPath;
}

function reasonMissing(nameOrPath: string, path: string): string {
  if (downloadable(nameOrPath)) return `it was not downloaded to ${dirname(path)}`;
  return `there is no model with this name, and no file ${path}`;
}

function hintFor(nameOrPath: string): string {
  if (downloadable(nameOrPath)) return `Run "framesort models pull ${nameOrPath}".`;
  return 'Set embed.model to a name from "framesort models list", or to the path of a model.json.';
}

/** Returns the names of the built-in models. */
export function ownModelNames(): string[] {
  return readdirSync(ownModels).filter((name) => existsSync(join(ownModels, name, 'model.json')));
}

/** Whether a model is built in, and tested before release. */
export function isOwn({ path }: Model): boolean {
  return path.startsWith(ownModels);
}
