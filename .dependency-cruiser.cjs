/**
 * The house, as rules. A room of `src` may import the rooms in its row and nothing else; a folder without a row fails.
 * Each native package has one door. `(types)` rows are types alone.
 */

/** What each room may import: code, and types alone. */
const rooms = {
  cli: {
    code: [
      'app',
      'operations',
      'report',
      'evaluation',
      'library',
      'grouping',
      'ingest',
      'monitoring',
      'storage',
      'vision',
      'config',
      'domain',
      'lib',
    ],
  },
  app: {
    code: [
      'operations',
      'library',
      'grouping',
      'ingest',
      'monitoring',
      'storage',
      'vision',
      'config',
      'domain',
      'lib',
    ],
  },
  operations: {
    code: ['library', 'grouping', 'storage', 'vision', 'config', 'domain', 'lib'],
    types: ['monitoring'],
  },
  report: { code: ['evaluation', 'vision', 'config', 'domain', 'lib'], types: ['storage'] },
  evaluation: { code: ['grouping', 'storage', 'vision', 'config', 'domain', 'lib'] },
  library: { code: ['storage', 'domain', 'lib'], types: ['config', 'monitoring'] },
  grouping: { code: ['storage', 'domain', 'lib'], types: ['vision', 'config', 'monitoring'] },
  ingest: { code: ['domain', 'lib'], types: ['vision'] },
  monitoring: { code: ['domain', 'lib'], types: ['storage'] },
  storage: { code: ['domain', 'lib'], types: ['config'] },
  vision: { code: ['domain', 'lib'], types: ['config'] },
  config: { code: ['domain', 'lib'] },
  domain: { code: [] },
  lib: { code: [] },
};

/** The only files that import each package. */
const doors = {
  sharp: '(src/vision/decode/sharp-decoder|film/jpeg|src/report/encode-sheet)',
  'umap-js': 'src/report/umap',
  'onnxruntime-node': 'src/vision/embed/onnx-worker',
  usearch: 'src/storage/vectors/usearch/graph',
  lmdb: 'src/storage/lmdb/(lmdb-store|lmdb-reader|tables)',
  chokidar: 'src/ingest/watch/chokidar-watcher',
  pino: 'src/lib/logger',
  'pino-pretty': 'src/lib/logger',
  'exif-reader': 'src/vision/decode/formats/exif',
  'libheif-js': 'src/vision/decode/formats/heic',
  'jxl-oxide-wasm': 'src/vision/decode/formats/jpeg-xl',
  '@opencvjs/node': 'src/vision/keypoints/opencv',
  undici: 'src/vision/models/download/http',
  protobufjs: 'src/vision/models/download/expose-output',
  picomatch: 'src/ingest/file-filter',
};

/** Adapters: files and folders that speak to the world through those packages. */
const adapters = {
  storage: '^src/storage/(lmdb/|vectors/usearch/)',
  vision:
    '^src/vision/(decode/(process/|sharp-decoder)|embed/onnx-|keypoints/(keypoint-thread|keypoint-worker|opencv))',
  ingest: '^src/ingest/watch/chokidar-',
};

const any = (names) => `^src/(${names.join('|')})/`;

const rows = Object.entries(rooms).flatMap(([room, { code, types = [] }]) => [
  {
    name: `${room}-imports-only-its-row`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: {
      path: '^(src|web|film)/',
      pathNot: [any([room, ...code, ...types]), ...(room === 'domain' ? ['^src/lib/assert[.]ts$'] : [])],
    },
  },
  ...(types.length === 0
    ? []
    : [
        {
          name: `${room}-imports-types-alone`,
          severity: 'error',
          from: { path: `^src/${room}/` },
          to: { path: any(types), dependencyTypesNot: ['type-only'] },
        },
      ]),
]);

const oneDoor = Object.entries(doors).map(([name, door]) => ({
  name: `one-door-for-${name}`,
  severity: 'error',
  from: { path: '^(src|web|film)/', pathNot: `^${door}[.]ts$` },
  to: { path: `node_modules/${name}/` },
}));

/** From outside, an adapter is reached through its room's `open.ts`, or built by `app`. */
const closedAdapters = Object.entries(adapters).map(([room, path]) => ({
  name: `adapters-of-${room}-are-built-in-its-open`,
  severity: 'error',
  from: { path: '^src/', pathNot: [`^src/${room}/`, '^src/app/'] },
  to: { path, dependencyTypesNot: ['type-only'] },
}));

module.exports = {
  forbidden: [
    ...rows,
    ...oneDoor,
    ...closedAdapters,
    {
      name: 'every-folder-has-a-row',
      severity: 'error',
      from: { path: '^src/', pathNot: [any(Object.keys(rooms)), '^src/main[.]ts$'] },
      to: {},
    },
    {
      name: 'no-imports-of-a-folder-without-a-row',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: [any(Object.keys(rooms)), '^src/main[.]ts$'] },
    },
    {
      name: 'main-starts-the-command-line',
      severity: 'error',
      from: { path: '^src/main[.]ts$' },
      to: { path: '^(src|web|film)/', pathNot: '^src/cli/' },
    },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: {},
      to: { path: '^src/main[.]ts$' },
    },
    {
      name: 'domain-is-pure',
      comment: 'Words and decisions: no input or output, no clock, no packages.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', '^src/lib/assert[.]ts$'] },
    },
    {
      name: 'the-web-is-alone',
      comment: 'A browser program imports its own folder, and the types of the data that a page carries.',
      severity: 'error',
      from: { path: '^web/' },
      to: { pathNot: ['^web/', '^src/report/page-data[.]ts$'] },
    },
    {
      name: 'the-film-knows-lib-alone',
      severity: 'error',
      from: { path: '^film/' },
      to: { path: '^(src|web|test|bench|scripts)/', pathNot: '^src/lib/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'the-program-needs-no-tools',
      comment: 'The packages that src and film import are installed with the program.',
      severity: 'error',
      from: { path: '^(src|film)/' },
      to: {
        path: ['^(test|bench|scripts)/', 'node_modules/'],
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'local'],
      },
    },
    {
      name: 'everything-is-there',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
