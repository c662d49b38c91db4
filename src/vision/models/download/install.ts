import { appendFile, copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FatalError } from '../../../lib/errors.ts';
import { nodeFileSystem } from '../../../lib/fs/file-system.ts';
import { acquireLock } from '../../../lib/fs/flock.ts';
import { loadModel, type Model, type ModelDescriptor, modelOf } from '../descriptor.ts';
import type { Downloadable } from '../downloadable.ts';
import { installedDescriptor } from '../registry.ts';
import { sizeOf } from './download.ts';
import { exposing } from './expose-output.ts';
import type { Expected } from './fetch-verified.ts';

export interface Installing {
  readonly cache: string;
  /** Leaves the verified file at `part`. */
  readonly fetch: (part: string, expected: Expected) => Promise<void>;
  /** Tests the model. Returns the first values of its test picture's embedding. */
  readonly selfTest: (model: Model) => Promise<number[]>;
}

/**
 * Installs a model into the cache. Writes `model.json` last: its presence means a complete, tested model. One
 * process at a time.
 */
export async function install(entry: Downloadable, options: Installing): Promise<Model> {
  const folder = join(options.cache, entry.name);
  await mkdir(folder, { recursive: true });
  const lock = acquireLock(folder, 'model');
  try {
    return installed(entry, options.cache) ?? (await installInto(folder, entry, options));
  } finally {
    lock.release();
  }
}

/**
 * Returns the installed model if it is complete and made from the manifest's source. Returns undefined
 * otherwise.
 */
export function installed(entry: Downloadable, cache: string): Model | undefined {
  try {
    const model = loadModel(installedDescriptor(entry.name, cache));
    return model.descriptor.source?.sha256 === entry.source.sha256 ? model : undefined;
  } catch (error) {
    if (error instanceof FatalError) return undefined;
    throw error;
  }
}

async function installInto(
  folder: string,
  entry: Downloadable,
  { fetch, selfTest }: Installing,
): Promise<Model> {
  const { bytes, sha256 } = entry.source;
  const part = join(folder, `${sha256.slice(0, 16)}.part`);
  await fetch(part, { bytes, sha256 });
  if (entry.expose) await appendFile(part, exposing(entry.output.name ?? ''));
  const described = {
    ...descriptorOf(entry),
    bytes: await sizeOf(part),
    sha256: await nodeFileSystem.hash(part),
  };
  const probe = await selfTest(modelOf(described, part));
  const target = join(folder, described.file);
  await rm(join(folder, 'model.json'), { force: true });
  await rename(part, target);
  await sync(target);
  await nodeFileSystem.write(
    join(folder, 'model.json'),
    `${JSON.stringify({ ...described, probe }, null, 2)}\n`,
  );
  return loadModel(join(folder, 'model.json'));
}

function descriptorOf(entry: Downloadable): Omit<ModelDescriptor, 'bytes' | 'sha256'> {
  const { name, version, license, input, output, batchMax, source } = entry;
  return {
    name,
    version,
    file: 'model.onnx',
    license,
    input,
    output,
    ...(batchMax !== undefined && { batchMax }),
    source: { bytes: source.bytes, sha256: source.sha256 },
  };
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Installs a local file instead of a download. Throws FatalError if the file differs. */
export function fromFile(file: string): Installing['fetch'] {
  return async (part, { bytes, sha256 }) => {
    const [size, hash] = [await sizeOf(file), await nodeFileSystem.hash(file)];
    if (size !== bytes || hash !== sha256)
      throw new FatalError(
        `take ${file}: expected ${bytes} bytes with sha256 ${sha256}, found ${size} bytes with ${hash}`,
      );
    await copyFile(file, part);
  };
}
