import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { exitCodes, FatalError, messageOf } from '../lib/errors.ts';
import { nearestWord } from '../lib/nearest-word.ts';
import { allOptions, type Config, environmentName } from './options.ts';

export interface Sources {
  /** Values from the command line, by key. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: NodeJS.ProcessEnv;
  /** The file of `--config`; the usual paths if undefined. */
  readonly file?: string | undefined;
}

export interface Loaded {
  readonly config: Config;
  /** All values by key. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Source of each value, by key. */
  readonly origin: ReadonlyMap<string, string>;
  /** Environment variables that start with FRAMESORT_ and name no option. */
  readonly unknownVariables: readonly string[];
}

type Layer = { readonly origin: string; readonly values: ReadonlyMap<string, unknown> };

/**
 * Loads the configuration: flag, else environment, else file, else default. Throws FatalError with all
 * invalid values.
 */
export function loadConfig(sources: Sources): Loaded {
  const file = sources.file ?? sources.environment.FRAMESORT_CONFIG ?? usualFile(sources.environment);
  const layers: Layer[] = [
    { origin: 'default', values: new Map(Array.from(allOptions, ([key, { value }]) => [key, value])) },
    ...(file === undefined ? [] : [fileLayer(file)]),
    environmentLayer(sources.environment),
    { origin: 'command line', values: pathsAgainst(process.cwd(), flagValues(sources.flags)) },
  ];
  const problems = layers.flatMap(problemsIn);
  if (problems.length > 0) throw wrong(problems.join('\n'));
  const values = new Map<string, unknown>();
  const origin = new Map<string, string>();
  for (const layer of layers)
    for (const [key, value] of layer.values) {
      values.set(key, allOptions.get(key)?.schema.parse(value));
      origin.set(key, layer.origin);
    }
  const unknown = unknownVariables(sources.environment);
  return { config: freeze(nested(values)) as unknown as Config, values, origin, unknownVariables: unknown };
}

/** Returns variables that look like options, and are none. */
function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  const known = new Set(['FRAMESORT_CONFIG', ...Array.from(allOptions.keys(), environmentName)]);
  return Object.keys(environment).filter((name) => name.startsWith('FRAMESORT_') && !known.has(name));
}

/** Returns the problems of a file as messages; empty if the file is valid. */
export function checkFile(file: string): string[] {
  try {
    return problemsIn({ ...fileLayer(file), origin: file });
  } catch (error) {
    return [messageOf(error)];
  }
}

function usualFile(environment: NodeJS.ProcessEnv): string | undefined {
  const home = environment.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return [join(home, 'framesort', 'config.yaml'), '/etc/framesort/config.yaml'].find(existsSync);
}

function fileLayer(file: string): Layer {
  const origin = resolve(file);
  const content = readDocument(origin);
  if (content === null) return { origin, values: new Map() };
  if (!isTable(content)) throw wrong(`read ${origin}: expected options with their values`);
  return { origin, values: pathsAgainst(dirname(origin), flattened(content)) };
}

function readDocument(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(`read ${file}: ${messageOf(error)}`, error);
  }
}

/**
 * Parses the text as YAML if the option accepts the result, else returns the text. Names may contain braces,
 * or digits only.
 */
function fromText(key: string, text: string): unknown {
  if (key === 'inbox') return text.split(':');
  const takes = (value: unknown) => allOptions.get(key)?.schema.safeParse(value).success === true;
  const value = parsedOrText(text);
  return takes(value) || !takes(text) ? value : text;
}

function parsedOrText(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function flattened(content: Record<string, unknown>): Map<string, unknown> {
  return new Map(
    Object.entries(content).flatMap(([name, value]): [string, unknown][] => {
      if (!isTable(value)) return value === null && isSection(name) ? [] : [[name, value]];
      return Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner]);
    }),
  );
}

function isSection(name: string): boolean {
  return Array.from(allOptions.keys()).some((key) => key.startsWith(`${name}.`));
}

function environmentLayer(environment: NodeJS.ProcessEnv): Layer {
  const values = Array.from(allOptions.keys()).flatMap((key): [string, unknown][] => {
    const text = environment[environmentName(key)];
    return text === undefined ? [] : [[key, fromText(key, text)]];
  });
  return { origin: 'environment', values: pathsAgainst(process.cwd(), new Map(values)) };
}

function flagValues(flags: Readonly<Record<string, unknown>>): Map<string, unknown> {
  return new Map(Object.entries(flags).filter(([, value]) => value !== undefined));
}

/** Resolves relative paths against the file's folder, or the working folder for flags and environment. */
function pathsAgainst(base: string, values: ReadonlyMap<string, unknown>): Map<string, unknown> {
  const absolute = (value: unknown) => (typeof value === 'string' ? resolve(base, fromHome(value)) : value);
  const result = new Map(values);
  for (const key of ['library', 'state', 'grouping.calibration'])
    if (result.has(key)) result.set(key, absolute(result.get(key)));
  const inbox = result.get('inbox');
  if (Array.isArray(inbox)) result.set('inbox', inbox.map(absolute));
  return result;
}

/** A path may start with `~`, `$HOME` or `${HOME}`, as in a shell: a file of options has no shell. */
function fromHome(path: string): string {
  return path.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/, () => homedir());
}

/** Returns the invalid values of a layer as messages. */
function problemsIn({ origin, values }: Layer): string[] {
  return Array.from(values).flatMap(([key, value]) => {
    const known = allOptions.get(key);
    if (known === undefined) return [noOption(key, origin)];
    const result = known.schema.safeParse(value);
    if (result.success) return [];
    const reasons = result.error.issues.map(({ message }) => message).join('; ');
    return [`set ${key} to ${JSON.stringify(value)} (${origin}): ${reasons}`];
  });
}

function noOption(key: string, origin: string): string {
  const near = nearestWord(key, Array.from(allOptions.keys()));
  return `read ${origin}: there is no option ${key}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

function wrong(message: string, cause?: unknown): FatalError {
  const hint = 'config/default.yaml shows every option; "framesort config check FILE" checks a file.';
  return new FatalError(message, { cause, hint, exitCode: exitCodes.configuration });
}

function nested(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const [section, name] = key.split('.') as [string, string | undefined];
    if (name === undefined) result[section] = value;
    else result[section] = { ...((result[section] as object | undefined) ?? {}), [name]: value };
  }
  return result;
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return z.record(z.string(), z.unknown()).safeParse(value).success && !Array.isArray(value);
}
