import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitCodes, FatalError } from '../lib/errors.ts';
import { loadModel, type Model } from './descriptor.ts';

/** Models that come with framesort, beside `src` and `dist` alike. */
const ownModels = fileURLToPath(new URL('../../models/', import.meta.url));

/** A model by its name, or by the path of its descriptor. Throws FatalError if there is none. */
export function findModel(nameOrPath: string): Model {
  const own = `${ownModels}${nameOrPath}/model.json`;
  const path = /^[\w-]+$/.test(nameOrPath) && existsSync(own) ? own : nameOrPath;
  if (existsSync(path)) return loadModel(path);
  throw new FatalError(`find the model ${nameOrPath}: neither ${own} nor a file ${nameOrPath} is there`, {
    hint: 'Set embed.model to builtin, or to the path of a model.json.',
    exitCode: exitCodes.configuration,
  });
}
