/**
 * Returns the file of a built program for a thread or process: `name` beside the module `from` (its
 * `import.meta.url`). When run from source, returns the build in `dist/`: threads do not inherit the
 * TypeScript loader, and a built program starts faster.
 */
export function programUrl(from: string, name: string): URL {
  return new URL(`./${name}.js`, builtUrl(from));
}

/** Returns the location of a source module's build. A built module is returned unchanged. */
export function builtUrl(from: string): string {
  if (!from.endsWith('.ts')) return from;
  const at = from.lastIndexOf('/src/');
  return `${from.slice(0, at)}/dist/${from.slice(at + '/src/'.length)}`;
}
