/** Names of group folders, from a template such as `scene-{number}` or `{date} {name}`. */

export interface NameFacts {
  /** Counts the groups, from 1. */
  readonly number: number;
  /** Capture time of the first frame, ms since 1970. */
  readonly capturedMs: number;
  /** File name of the first frame. */
  readonly fileName: string;
}

export const placeholders = ['number', 'date', 'time', 'name'] as const;

const numberDigits = 4;

/** Fills a template. A folder name never begins with a dot and never contains a slash. */
export function folderName(template: string, facts: NameFacts): string {
  const moment = new Date(facts.capturedMs).toISOString();
  const values: Record<(typeof placeholders)[number], string> = {
    number: String(facts.number).padStart(numberDigits, '0'),
    date: moment.slice(0, 10),
    time: moment.slice(11, 19).replaceAll(':', '-'),
    name: facts.fileName.replace(/\.[^.]*$/, ''),
  };
  const filled = template.replace(
    /\{(number|date|time|name)\}/g,
    (_, key: keyof typeof values) => values[key],
  );
  return filled.replaceAll('/', '_').replace(/^\.+/, '_');
}

/** Returns the unknown placeholders of a template. */
export function unknownPlaceholders(template: string): string[] {
  const known: readonly string[] = placeholders;
  return Array.from(template.matchAll(/\{([^}]*)\}/g), ([, key]) => key ?? '').filter(
    (key) => !known.includes(key),
  );
}

/** Longest file name of common file systems, in bytes. */
const nameBytesMax = 255;

/** Returns why a name cannot be a group's folder, or undefined if it can. */
export function folderFault(name: string, byteLength: (text: string) => number): string | undefined {
  if (name.trim() === '') return 'it is empty';
  if (name.includes('/')) return 'it contains a "/"';
  if (name.startsWith('.')) return 'it begins with a dot, and hidden folders hold no group';
  if (/\p{Cc}/u.test(name)) return 'it holds control characters';
  if (/^\s|[\s.]$/u.test(name))
    return 'it begins or ends with a blank, or ends with a dot; some network shares cut these off';
  const bytes = byteLength(name);
  return bytes > nameBytesMax ? `it has ${bytes} bytes, and a name may have ${nameBytesMax}` : undefined;
}
