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
  ['ENOTFOUND', 'the host is unknown, or name resolution failed'],
  ['EAI_AGAIN', 'the host is unknown, or name resolution failed'],
  ['ECONNREFUSED', 'nothing answers at this address'],
  ['ECONNRESET', 'the connection was lost'],
  ['UND_ERR_SOCKET', 'the connection was lost'],
  ['UND_ERR_BODY_TIMEOUT', 'no data arrived in time'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no response arrived in time'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection was made in time'],
]);

/** Converts an error of the connection. */
export function networkProblem(error: unknown): UrlError | NetworkError {
  const root = deepest(error);
  const code = codeOf(root) ?? '';
  if (certificate.test(code))
    return new UrlError(
      `its certificate is not trusted (${code}); add the authority by NODE_EXTRA_CA_CERTS`,
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
