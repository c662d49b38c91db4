import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { configDocument, defaultYaml, jsonSchema } from '../../src/config/generate.ts';
import { checkFile, loadConfig } from '../../src/config/load.ts';
import { FatalError } from '../../src/lib/errors.ts';
import { tempFolder } from '../support/temp.ts';

const root = new URL('../../', import.meta.url);
const committed = (path: string) => readFileSync(new URL(path, root), 'utf8');

function file(context: Parameters<typeof tempFolder>[0], text: string): string {
  const path = join(tempFolder(context), 'config.yaml');
  writeFileSync(path, text);
  return path;
}

test('the generated files match the option table', () => {
  assert.equal(committed('config/default.yaml'), defaultYaml());
  assert.equal(committed('config/schema.json'), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
  assert.equal(committed('docs/CONFIG.md'), configDocument());
});

test('the file of defaults is valid and changes nothing', (context) => {
  const path = file(context, defaultYaml());
  assert.deepEqual(checkFile(path), []);
  const plain = loadConfig({ flags: {}, environment: { XDG_CONFIG_HOME: '/nowhere' } });
  const same = loadConfig({ flags: {}, environment: {}, file: path });
  assert.deepEqual(same.config.grouping, plain.config.grouping);
  assert.deepEqual(same.config.intake, plain.config.intake);
});

test('a value of the environment is parsed as YAML if the option accepts the result, else taken as text', () => {
  const read = (environment: NodeJS.ProcessEnv) => loadConfig({ flags: {}, environment }).config;
  for (const template of ['{date}', '{date} {name}', '{date}-{number}', '0042', '"{name}"'])
    assert.equal(read({ FRAMESORT_NAMING_FOLDER: template }).naming.folder, template.replaceAll('"', ''));
  assert.equal(read({ FRAMESORT_GROUPING_STRICTNESS: '0.95' }).grouping.strictness, 0.95);
  assert.deepEqual(read({ FRAMESORT_INTAKE_IGNORE: '[a, "*.b"]' }).intake.ignore, ['a', '*.b']);
  for (const [name, text] of [
    ['FRAMESORT_GROUPING_STRICTNESS', '{high'],
    ['FRAMESORT_GROUPING_STRICTNESS', 'high'],
    ['FRAMESORT_NAMING_FOLDER', '{nonsense}'],
  ] as const)
    assert.throws(() => read({ [name]: text }), { name: 'FatalError', exitCode: 78 });
});

test('flags win over the environment, the file and the defaults, and each origin is reported', (context) => {
  const path = file(context, 'mode: copy\ngrouping:\n  strictness: 0.5\n');
  const key = 'grouping.strictness';
  const environment = { FRAMESORT_GROUPING_STRICTNESS: '0.6' };
  const byFile = loadConfig({ flags: {}, environment: {}, file: path });
  const byEnvironment = loadConfig({ flags: {}, environment, file: path });
  const byFlag = loadConfig({ flags: { [key]: 0.7 }, environment, file: path });
  assert.deepEqual(
    [byFile, byEnvironment, byFlag].map(({ config }) => config.grouping.strictness),
    [0.5, 0.6, 0.7],
  );
  assert.deepEqual(
    [byFile, byEnvironment, byFlag].map(({ origin }) => origin.get(key)),
    [path, 'environment', 'command line'],
  );
  assert.deepEqual([byFlag.config.mode, byFlag.origin.get('log.level')], ['copy', 'default']);
});

test('relative folders in a file are resolved against the file', (context) => {
  const path = file(context, 'library: pictures\ninbox: [drop, /absolute]\n');
  const { config } = loadConfig({ flags: {}, environment: {}, file: path });
  const folder = join(path, '..');
  assert.equal(config.library, join(folder, 'pictures'));
  assert.deepEqual(config.inbox, [join(folder, 'drop'), '/absolute']);
});

test('an unknown option is reported with the closest known option', (context) => {
  const path = file(context, 'grouping:\n  stricktness: 0.9\n');
  const load = () => loadConfig({ flags: {}, environment: {}, file: path });
  assert.throws(load, (error: unknown) => {
    assert.ok(error instanceof FatalError);
    assert.match(error.message, /no option grouping\.stricktness; did you mean grouping\.strictness\?/);
    assert.ok(error.message.includes(path));
    assert.equal(error.exitCode, 78);
    return true;
  });
  assert.equal(checkFile(path).length, 1);
});

test('an invalid value is reported with its key, value and origin', () => {
  const environment = { FRAMESORT_GROUPING_STRICTNESS: '7' };
  assert.throws(() => loadConfig({ flags: {}, environment }), /grouping\.strictness to 7 \(environment\)/);
  assert.throws(() => loadConfig({ flags: { mode: 'teleport' }, environment: {} }), /mode to "teleport"/);
});

test('a file without YAML, or without options, is reported', (context) => {
  for (const text of ['mode: [copy', '- copy', 'copy']) {
    const path = file(context, text);
    assert.throws(() => loadConfig({ flags: {}, environment: {}, file: path }), new RegExp(`read ${path}`));
  }
  assert.throws(() => loadConfig({ flags: {}, environment: {}, file: '/no/such.yaml' }), /ENOENT/);
});

test('a loaded configuration is frozen', () => {
  const { config } = loadConfig({ flags: {}, environment: {} });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.grouping) && Object.isFrozen(config.inbox));
});

test('a path may start with the home folder, as in a shell', (context) => {
  const path = file(
    context,
    'inbox: ["~/Drop", "$HOME/Other"]\nlibrary: ${HOME}/Scenes\nstate: ~mine/state\n',
  );
  const { config } = loadConfig({ flags: {}, environment: {}, file: path });
  assert.deepEqual(config.inbox, [join(homedir(), 'Drop'), join(homedir(), 'Other')]);
  assert.equal(config.library, join(homedir(), 'Scenes'));
  assert.equal(config.state, join(dirname(path), '~mine/state'));
});

test('all invalid values are told at once', (context) => {
  const path = file(context, 'mode: fly\nintake:\n  settleMs: soon\n  ignroe: []\n');
  assert.deepEqual(
    checkFile(path).map((problem) => /(mode|settleMs|ignroe)/.exec(problem)?.[0]),
    ['mode', 'settleMs', 'ignroe'],
  );
  const load = () => loadConfig({ flags: {}, environment: { FRAMESORT_LOG_LEVEL: 'loud' }, file: path });
  assert.throws(load, ({ message }: Error) => message.split('\n').length === 4);
});

test('a variable that names no option is known', () => {
  const environment = { FRAMESORT_INBOKS: '/a', FRAMESORT_CONFIG: undefined, FRAMESORT_MODE: 'copy' };
  assert.deepEqual(loadConfig({ flags: {}, environment }).unknownVariables, ['FRAMESORT_INBOKS']);
});
