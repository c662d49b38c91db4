/**
 * The file of a built program that runs in a thread or process of its own: `name` beside the module `from`
 * (its `import.meta.url`). From source this is the build of that module in `dist/`: threads do not inherit the loader that runs
 * TypeScript, and a built program starts faster.
 */
export function programUrl(from: string, name: string): URL {
  return new URL(`./${name}.js`, builtUrl(from));
}

/** Where the build of a module of `src/` stands; a built module stands there already. */
export function builtUrl(from: string): string {
  if (!from.endsWith('.ts')) return from;
  const at = from.lastIndexOf('/src/');
  return `${from.slice(0, at)}/dist/${from.slice(at + '/src/'.length)}`;
}
