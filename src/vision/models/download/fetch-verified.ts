import { rm, statfs, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, exitCodes, FatalError, messageOf, TransientError } from '../../../lib/errors.ts';
import { nodeFileSystem } from '../../../lib/fs/file-system.ts';
import { download, sizeOf, type Tools } from './download.ts';
import { NetworkError, UrlError } from './errors.ts';

export interface Expected {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Downloads the expected file to `part` from the first working URL. Resumes a partial download. Throws
 * FatalError with the failures of all URLs, or TransientError if the disk is full.
 */
export async function fetchVerified(
  urls: readonly string[],
  part: string,
  expected: Expected,
  tools: Tools,
): Promise<void> {
  if (await isReady(part, expected)) return;
  const problems: { url: string; error: Error }[] = [];
  for (const url of urls) {
    const error = await tryUrl(url, part, expected, tools);
    if (error === undefined) return;
    problems.push({ url, error });
  }
  throw allFailed(problems);
}

async function tryUrl(
  url: string,
  part: string,
  expected: Expected,
  tools: Tools,
): Promise<UrlError | NetworkError | undefined> {
  try {
    await fetchFrom(url, part, expected, tools);
    return undefined;
  } catch (error) {
    if (error instanceof UrlError || error instanceof NetworkError) return error;
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') throw diskFull(part, messageOf(error));
    throw error;
  }
}

/**
 * Earlier bytes, from another URL, may have been wrong: on a mismatch this URL is asked for the whole file.
 */
async function fetchFrom(url: string, part: string, expected: Expected, tools: Tools): Promise<void> {
  const before = await sizeOf(part);
  await needSpace(part, expected.bytes - before);
  await download(url, part, expected.bytes, tools);
  const found = await hashUnlessRight(part, expected);
  if (found === undefined) return;
  if (before === 0) throw new UrlError(`the server's file has sha256 ${found}, not ${expected.sha256}`);
  await fetchFrom(url, part, expected, tools);
}

/** Whether the whole file was downloaded earlier. Cuts off extra bytes. */
async function isReady(part: string, expected: Expected): Promise<boolean> {
  const have = await sizeOf(part);
  if (have < expected.bytes) return false;
  if (have > expected.bytes) await truncate(part, expected.bytes);
  return (await hashUnlessRight(part, expected)) === undefined;
}

/** Deletes wrong bytes, otherwise a later attempt would resume them. */
async function hashUnlessRight(part: string, { sha256 }: Expected): Promise<string | undefined> {
  const found = await nodeFileSystem.hash(part);
  if (found === sha256) return undefined;
  await rm(part);
  return found;
}

async function needSpace(part: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(part));
  if (bavail * bsize < bytes) throw diskFull(part, `${bytes} bytes are needed, ${bavail * bsize} are free`);
}

function diskFull(part: string, words: string): TransientError {
  return new TransientError(`save ${part}: the disk is full (${words})`, {
    hint: 'Free some space, or set XDG_CACHE_HOME to a folder on another disk. The next pull resumes the download.',
  });
}

function allFailed(problems: readonly { url: string; error: Error }[]): FatalError {
  const listed = problems.map(({ url, error }) => `\n  ${url}: ${error.message}`).join('');
  const isNetwork = problems.every(({ error }) => error instanceof NetworkError);
  return new FatalError(`download the model: every URL failed${listed}`, {
    hint: isNetwork
      ? 'Try again, or name a mirror with --mirror, or a file with --from.'
      : 'Name a mirror with --mirror, or a file with --from.',
    exitCode: isNetwork ? exitCodes.tryAgain : exitCodes.failed,
  });
}
