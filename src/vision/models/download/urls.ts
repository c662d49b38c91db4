/** Where a file may be fetched, the preferred place first. */

/** The hub, as its own tools let one replace it. */
const hub = 'https://huggingface.co';

/**
 * `mirrors` hold the same paths under another address; `hubEndpoint` ($HF_ENDPOINT) stands in for the hub. The published
 * addresses come last.
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
