import { stringify } from 'yaml';
import { z } from 'zod';
import { allOptions, environmentName, type Option, rootOptions, sectionOptions } from './options.ts';

/** Generates texts from the option table. */

type Table = Readonly<Record<string, Option<unknown>>>;

/** Returns config/default.yaml: every option with its comment and default. */
export function defaultYaml(): string {
  const parts = [
    '# Every option of framesort with its default. Copy what you want to change.',
    '# Made from src/config/options.ts by "npm run generate".',
    '',
    yamlOf(rootOptions, ''),
    ...Object.entries(sectionOptions).map(([name, table]) => `${name}:\n${yamlOf(table, '  ')}`),
  ];
  return `${parts.join('\n')}`;
}

function yamlOf(table: Table, indent: string): string {
  const entries = Object.entries(table).map(
    ([name, { value, help }]) => `${indent}# ${help}\n${indent}${name}: ${inline(value)}\n`,
  );
  return entries.join('');
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

/** Returns the JSON Schema of the configuration file, for editors. */
export function jsonSchema(): object {
  const sections = Object.entries(sectionOptions).map(([name, table]) => [name, objectSchema(table)]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'framesort configuration',
    ...objectSchema(rootOptions, Object.fromEntries(sections)),
  };
}

function objectSchema(table: Table, more: Record<string, object> = {}): object {
  const properties = Object.entries(table).map(([name, { schema, value, help }]) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema);
    return [name, { description: help, default: value, ...rest }];
  });
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), ...more },
  };
}

/** Returns docs/CONFIG.md. */
export function configDocument(): string {
  const rows = Array.from(
    allOptions,
    ([key, { value, help }]) =>
      `| \`${key}\` | \`${inline(value)}\` | \`${environmentName(key)}\` | ${help} |`,
  );
  return [
    '# Configuration',
    '',
    'Made from `src/config/options.ts` by `npm run generate`. A value comes from the command line, else the environment,',
    'else the file (`--config`, `$FRAMESORT_CONFIG`, `$XDG_CONFIG_HOME/framesort/config.yaml` or',
    '`/etc/framesort/config.yaml`), else it is the default. `framesort config show --origin` tells which.',
    '',
    '| option | default | environment | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
