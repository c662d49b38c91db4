/** Download URLs of a file, in order of preference. */

/** The hub, which HF_ENDPOINT replaces, as in the hub's own tools. */
const hub = 'https://huggingface.co';

/**
 * `mirrors` hold the same paths under another address. `hubEndpoint` ($HF_ENDPOINT) replaces the hub. The
 * published addresses come last.
 */
export function downloadUrls(
  urls: readonly string[],
  mirrors: readonly string[],
  hubEndpoint: string | undefined,
): string[] {
  const mirrored = mirrors.flatMap((mirror) => urls.map((url) => under(mirror, url)));
  const replaced = urls.map((url) =>
    hubEndpoint && url.startsWith(`${hub}/`) ? under(hubEndpoint, url) : url,
  );
  return [...new Set([...mirrored, ...replaced])];
}

function under(base: string, url: string): string {
  return base.replace(/\/+$/, '') + new URL(url).pathname;
}
