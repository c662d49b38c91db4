import { type FileHandle, open, stat } from 'node:fs/promises';
import { backoffMs } from '../../../lib/async/backoff.ts';
import type { Clock } from '../../../lib/async/clock.ts';
import { codeOf } from '../../../lib/errors.ts';
import { NetworkError, networkProblem, UrlError } from './errors.ts';
import type { Http, HttpResponse } from './http.ts';

export interface Tools {
  readonly http: Http;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Receives the number of bytes on disk. */
  readonly onBytes: (bytes: number) => void;
}

/** Consecutive failures without a new byte. */
const failuresMax = 5;

/**
 * Downloads the missing rest of a file of `bytes` bytes into `part`. Resumes a partial download. Throws
 * UrlError or NetworkError; `part` keeps all received bytes for the next attempt.
 */
export async function download(url: string, part: string, bytes: number, tools: Tools): Promise<void> {
  let tag: string | undefined;
  for (let failures = 0; ; ) {
    const have = await sizeOf(part);
    if (have === bytes) return;
    try {
      tag = await fetchRest({ url, part, bytes, have, tag }, tools);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      failures = (await sizeOf(part)) > have ? 1 : failures + 1;
      if (failures >= failuresMax) throw error;
      await tools.clock.sleep(backoffMs(failures), tools.signal);
    }
  }
}

interface Rest {
  readonly url: string;
  readonly part: string;
  readonly bytes: number;
  readonly have: number;
  /** Entity tag of the bytes received earlier. */
  readonly tag: string | undefined;
}

/** Sends one request. Returns the entity tag of the response. */
async function fetchRest(rest: Rest, { http, signal, onBytes }: Tools): Promise<string | undefined> {
  const response = await request(rest, http, signal);
  const from = startOf(response, rest);
  const file = await open(rest.part, from === 0 ? 'w' : 'r+');
  try {
    await save(response, file, { ...rest, from, onBytes, signal });
  } finally {
    await file.close();
  }
  return response.header('etag');
}

async function request({ url, have, tag }: Rest, http: Http, signal: AbortSignal): Promise<HttpResponse> {
  const range =
    have === 0 ? {} : { range: `bytes=${have}-`, ...(tag?.startsWith('"') && { 'if-range': tag }) };
  try {
    return await http.get(url, range, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw networkProblem(error);
  }
}

/** Returns the offset of the body's first byte. Throws if the response belongs to another file. */
function startOf(response: HttpResponse, { have, bytes }: Rest): number {
  const { status } = response;
  if (status === 200) return wholeOf(response, bytes);
  if (status === 206) return rangeOf(response, have, bytes);
  if (status === 429 || status >= 500) throw new NetworkError(`the server answers ${status}`);
  if (status === 416)
    throw new UrlError('the file of the server is shorter than the bytes already downloaded');
  throw new UrlError(`the server answers ${status}`);
}

function wholeOf(response: HttpResponse, bytes: number): 0 {
  const length = response.header('content-length');
  if (length === undefined || Number(length) === bytes) return 0;
  throw new UrlError(`the server's file has ${length} bytes, not ${bytes}`);
}

function rangeOf(response: HttpResponse, have: number, bytes: number): number {
  const range = response.header('content-range') ?? '';
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
  if (Number(from) !== have) throw new UrlError(`the server answers with the wrong range: ${range}`);
  if (total !== '*' && Number(total) !== bytes)
    throw new UrlError(`the server's file has ${total} bytes, not ${bytes}`);
  return have;
}

interface Saving extends Rest {
  readonly from: number;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

async function save(
  response: HttpResponse,
  file: FileHandle,
  { from, bytes, onBytes, signal }: Saving,
): Promise<void> {
  let at = from;
  for await (const chunk of guarded(response.body, signal)) {
    if (at + chunk.length > bytes) throw new UrlError(`the server's file has more than ${bytes} bytes`);
    await file.write(chunk, 0, chunk.length, at);
    at += chunk.length;
    onBytes(at);
  }
  await file.sync();
  if (at < bytes) throw new NetworkError(`the connection was lost after ${at} of ${bytes} bytes`);
}

/** Separates network errors from disk errors. */
async function* guarded(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    signal.throwIfAborted();
    throw networkProblem(error);
  }
}

export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
