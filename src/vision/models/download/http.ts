import { EnvHttpProxyAgent, fetch } from 'undici';

/** A response whose body has not been read yet. */
export interface HttpResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /** Throws if the connection is lost. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** HTTP client. Uses the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export interface Http {
  /** Follows redirects. Throws if there is no response. */
  get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** A connection counts as lost after this time without a byte. */
const silenceMs = 30_000;

export function openHttp(): Http {
  const dispatcher = new EnvHttpProxyAgent({
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    connect: { timeout: silenceMs },
  });
  return {
    async get(url, headers, signal) {
      // A compressed body has no byte ranges.
      const requestHeaders = { 'accept-encoding': 'identity', 'user-agent': 'framesort', ...headers };
      const {
        status,
        headers: responseHeaders,
        body,
      } = await fetch(url, { dispatcher, headers: requestHeaders, signal });
      return { status, header: (name) => responseHeaders.get(name) ?? undefined, body: body ?? empty() };
    },
    close: () => dispatcher.destroy(),
  };
}

async function* empty(): AsyncIterable<Uint8Array> {}
