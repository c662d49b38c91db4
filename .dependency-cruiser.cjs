/** The house, as rules: data and imports go one way, and each native package has one door. */

/** Folders of src that do one stage of the work each. */
const stages = [
  'watch',
  'intake',
  'decode',
  'embed',
  'vectors',
  'store',
  'place',
  'manifest',
  'assign',
  'cluster',
  'status',
  'config',
  'keypoints',
];

/** What a stage shows to the others: types alone, no code. */
const interfaces = [
  'watch/watcher',
  'decode/decoder',
  'embed/embedder',
  'vectors/vector-index',
  'store/store',
  'config/options',
  'keypoints/keypoint-reader',
  'status/status',
];

/** The only file that imports each package. */
const doors = {
  sharp: 'src/(decode/sharp-decoder|demo/jpeg|report/encode-sheet)',
  'umap-js': 'src/report/umap',
  'onnxruntime-node': 'src/embed/onnx-worker',
  usearch: 'src/vectors/graph',
  lmdb: 'src/store/lmdb-(store|reader|tables)',
  chokidar: 'src/watch/chokidar-watcher',
  pino: 'src/lib/logger',
  'pino-pretty': 'src/lib/logger',
  'exif-reader': 'src/decode/exif',
  'libheif-js': 'src/decode/heic',
  'jxl-oxide-wasm': 'src/decode/jpeg-xl',
  '@opencvjs/node': 'src/keypoints/opencv',
  undici: 'src/pull/http',
  protobufjs: 'src/pull/expose',
  picomatch: 'src/intake/wanted',
  graphology: 'src/cluster/louvain',
  'graphology-communities-louvain': 'src/cluster/louvain',
};

/** Files that speak to the world through those packages; built in one place. */
const adapters =
  '/(chokidar-watcher|sharp-decoder|keypoint-thread|onnx-embedder|onnx-worker|usearch-index|lmdb-store)[.]ts$';

const oneDoor = Object.entries(doors).map(([name, door]) => ({
  name: `one-door-for-${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^${door}[.]ts$` },
  to: { path: `node_modules/${name}/` },
}));

const stagesApart = stages.map((stage) => ({
  name: `${stage}-stays-in-its-room`,
  comment: 'A stage sees of another one the types of its interface, and nothing else.',
  severity: 'error',
  from: { path: `^src/${stage}/` },
  to: {
    path: `^src/(${stages.join('|')})/`,
    pathNot: [`^src/${stage}/`, `^src/(${interfaces.join('|')})[.]ts$`],
  },
}));

module.exports = {
  forbidden: [
    ...oneDoor,
    ...stagesApart,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'stages-share-types-only',
      severity: 'error',
      from: { path: `^src/(${stages.join('|')})/([^/]+)` },
      to: {
        path: `^src/(${interfaces.join('|')})[.]ts$`,
        pathNot: '^src/$1/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'lib-knows-nothing-of-us',
      severity: 'error',
      from: { path: '^src/lib/' },
      to: { path: '^src/', pathNot: '^src/lib/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'Words and decisions: no input or output, no clock, no packages.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', '^src/lib/assert[.]ts$'] },
    },
    {
      name: 'stages-know-nothing-above-them',
      severity: 'error',
      from: { path: `^src/(${stages.join('|')})/` },
      to: { path: ['^src/[^/]+[.]ts$', '^src/(cli|change|demo|evaluate)/'] },
    },
    {
      name: 'the-way-knows-nothing-above-it',
      comment: 'The pipeline and its parts are handed what they need.',
      severity: 'error',
      from: { path: '^src/(pipeline|prepare|seeing-again|filing|retries|reconcile|verify)[.]ts$' },
      to: { path: ['^src/(daemon|workshop|main)[.]ts$', '^src/(cli|change|demo|evaluate)/'] },
    },
    {
      name: 'nothing-but-main-imports-the-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/', '^src/main[.]ts$'] },
      to: { path: ['^src/cli/', '^src/main[.]ts$'] },
    },
    {
      name: 'the-page-is-alone',
      comment: 'What runs in a browser knows its data and nothing else of us.',
      severity: 'error',
      from: { path: '^src/report/page/' },
      to: { pathNot: ['^src/report/page/', '^src/report/page-data[.]ts$'] },
    },
    {
      name: 'pages-are-made-from-what-they-are-given',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: ['^src/[^/]+[.]ts$', '^src/(cli|demo)/'] },
    },
    {
      name: 'adapters-are-chosen-in-one-place',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/(workshop|daemon|decode/decode-child|change/(chosen|fill-child))[.]ts$',
          '^src/cli/',
          adapters,
        ],
      },
      to: { path: adapters, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-program-needs-no-tools',
      comment: 'What src imports is installed with it.',
      severity: 'error',
      from: { path: '^src/' },
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
