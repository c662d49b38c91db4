import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** The server's behaviour for one request. */
export type Behaviour =
  /** Sends the file, or the requested range. */
  | 'good'
  /** Always sends the whole file. */
  | 'no-ranges'
  /** Claims to send the range, but starts elsewhere. */
  | 'wrong-range'
  /** Sends some bytes, and closes the connection as soon as `once` returns true. */
  | { readonly cutAfter: number; readonly once?: () => boolean; readonly ranges?: false }
  | { readonly status: number }
  | { readonly redirectTo: string };

type Giving = Exclude<Behaviour, { status: number } | { redirectTo: string }>;

export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
}

/** A loopback server with the same file at every path, and scripted behaviour. */
export class FileServer {
  readonly asked: Asked[] = [];
  tag = '"first"';
  readonly #content: Buffer;
  readonly #behaviours: Behaviour[];
  readonly #server: Server;
  readonly #scheme: string;

  /** The last behaviour repeats. */
  constructor(
    content: Uint8Array,
    behaviours: readonly Behaviour[] = [],
    tls?: { key: Buffer; cert: Buffer },
  ) {
    this.#content = Buffer.from(content);
    this.#behaviours = [...behaviours];
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    this.#scheme = tls === undefined ? 'http' : 'https';
  }

  async open(context: TestContext): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    context.after(() => this.close());
    return this;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get address(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push({ path: request.url ?? '', range: request.headers.range });
    const behaviour =
      (this.#behaviours.length > 1 ? this.#behaviours.shift() : this.#behaviours[0]) ?? 'good';
    if (typeof behaviour !== 'string' && 'status' in behaviour)
      return void response.writeHead(behaviour.status).end();
    if (typeof behaviour !== 'string' && 'redirectTo' in behaviour)
      return void response.writeHead(302, { location: behaviour.redirectTo }).end();
    this.#give(request, response, behaviour);
  }

  #give(request: IncomingMessage, response: ServerResponse, behaviour: Giving): void {
    const how = typeof behaviour === 'string' ? { ranges: behaviour !== 'no-ranges' } : behaviour;
    const from = how.ranges === false ? 0 : this.#startFor(request);
    const body = this.#content.subarray(from);
    this.#head(response, behaviour === 'wrong-range' ? from + 1 : from, body.length);
    if (!('cutAfter' in how)) return void response.end(body);
    const { cutAfter, once = () => true } = how;
    const cut = () => (once() ? response.destroy() : setTimeout(cut, 5));
    response.write(body.subarray(0, cutAfter), cut);
  }

  /** As in RFC 9110: a range counts only if the file is unchanged. */
  #startFor({ headers }: IncomingMessage): number {
    const stale = headers['if-range'] !== undefined && headers['if-range'] !== this.tag;
    const range = /^bytes=(\d+)-$/.exec(headers.range ?? '');
    return stale || range === null ? 0 : Number(range[1]);
  }

  #head(response: ServerResponse, from: number, length: number): void {
    const { length: total } = this.#content;
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${total - 1}/${total}` };
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': length, etag: this.tag, ...range });
  }
}
