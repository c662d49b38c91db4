import { codeOf, messageOf } from '../../../lib/errors.ts';

/** This URL does not have the file; retrying is useless. */
export class UrlError extends Error {
  override readonly name = 'UrlError';
}

/** A retry may help: network trouble, or a busy server. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** Messages for readers unfamiliar with the codes. */
const clearer = new Map([
  ['ENOTFOUND', 'no such host, or no name service'],
  ['EAI_AGAIN', 'no such host, or no name service'],
  ['ECONNREFUSED', 'nothing answers there'],
  ['ECONNRESET', 'the connection was cut'],
  ['UND_ERR_SOCKET', 'the connection was cut'],
  ['UND_ERR_BODY_TIMEOUT', 'nothing came for too long'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer came'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection came about'],
]);

/** Converts an error of the connection. */
export function networkProblem(error: unknown): UrlError | NetworkError {
  const root = deepest(error);
  const code = codeOf(root) ?? '';
  if (certificate.test(code))
    return new UrlError(
      `its certificate is not trusted (${code}); NODE_EXTRA_CA_CERTS names further authorities`,
      {
        cause: error,
      },
    );
  return new NetworkError(clearer.get(code) ?? messageOf(root), { cause: error });
}

/** `fetch failed` says nothing; its cause does. */
function deepest(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? deepest(error.cause) : error;
}
