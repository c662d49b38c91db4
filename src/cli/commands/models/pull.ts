import type { Config } from '../../../config/options.ts';
import { systemClock } from '../../../lib/async/clock.ts';
import { exitCodes, FatalError, TransientError } from '../../../lib/errors.ts';
import type { Model } from '../../../vision/models/descriptor.ts';
import { fetchVerified } from '../../../vision/models/download/fetch-verified.ts';
import { openHttp } from '../../../vision/models/download/http.ts';
import { fromFile, type Installing, install, installed } from '../../../vision/models/download/install.ts';
import { downloadUrls } from '../../../vision/models/download/urls.ts';
import { allDownloadable, type Downloadable, downloadable } from '../../../vision/models/downloadable.ts';
import { modelCache, ownModelNames } from '../../../vision/models/registry.ts';
import { testModel } from '../../../vision/open.ts';
import { bytesUnit, startProgress } from '../../output/progress.ts';

export interface Pulling {
  readonly options: Config['models'];
  /** A file from the user, in place of a download. */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
}

/** Installs a model into the cache. Does nothing if the model is installed. */
export async function pullModel(entry: Downloadable, pulling: Pulling): Promise<Model> {
  const cache = modelCache();
  const fetch = pulling.from === undefined ? overNetwork(entry, pulling) : fromFile(pulling.from);
  return installed(entry, cache) ?? (await install(entry, { cache, fetch, selfTest: testModel }));
}

function overNetwork(entry: Downloadable, { options, signal }: Pulling): Installing['fetch'] {
  const places = downloadUrls(entry.source.urls, options.mirrors, process.env.HF_ENDPOINT);
  return async (part, expected) => {
    if (options.offline) throw offline(entry);
    let done = 0;
    const progress = startProgress(() => ({ done, known: expected.bytes }), bytesUnit);
    const http = openHttp();
    const onBytes = (bytes: number) => {
      done = bytes;
    };
    try {
      await fetchVerified(places, part, expected, { http, clock: systemClock, signal, onBytes });
    } catch (error) {
      throw signal.aborted ? stopped(entry) : error;
    } finally {
      progress.stop();
      await http.close();
    }
  };
}

function stopped({ name }: Downloadable): TransientError {
  return new TransientError(`pull ${name}: stopped`, {
    hint: 'Received bytes are kept: the next pull resumes.',
  });
}

function offline({ name, source }: Downloadable): FatalError {
  return new FatalError(`pull ${name}: it is not here, and models.offline forbids the network`, {
    hint: `Fetch ${source.urls[0]} elsewhere, and name the file with --from.`,
  });
}

/** Returns the manifest's entry for a name. Throws FatalError if there is nothing to download. */
export function requireDownloadable(name: string): Downloadable {
  const entry = downloadable(name);
  if (entry !== undefined) return entry;
  const known = allDownloadable().map((one) => one.name);
  throw new FatalError(
    ownModelNames().includes(name)
      ? `pull ${name}: it came with framesort`
      : `pull ${name}: there is no model of that name`,
    { hint: `Downloadable models: ${known.join(', ')}.`, exitCode: exitCodes.usage },
  );
}
