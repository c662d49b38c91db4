import { EnvHttpProxyAgent, fetch } from 'undici';

/** An answer whose body has not been read yet. */
export interface HttpResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /** Throws when the connection is cut. Leaving the loop early closes it. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Asks over HTTP. Proxies are those of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export interface Http {
  /** Follows redirects. Throws when there is no answer. */
  get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** Without a byte for so long, a connection counts as cut. */
const silenceMs = 30_000;

export function openHttp(): Http {
  const dispatcher = new EnvHttpProxyAgent({
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    connect: { timeout: silenceMs },
  });
  return {
    async get(url, headers, signal) {
      // A body that was packed on the way has no ranges.
      const asked = { 'accept-encoding': 'identity', 'user-agent': 'framesort', ...headers };
      const { status, headers: told, body } = await fetch(url, { dispatcher, headers: asked, signal });
      return { status, header: (name) => told.get(name) ?? undefined, body: body ?? empty() };
    },
    close: () => dispatcher.destroy(),
  };
}

async function* empty(): AsyncIterable<Uint8Array> {}
