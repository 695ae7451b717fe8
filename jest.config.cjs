// Some packages ship as ES modules only, so everything but React's own is compiled.
const esModules = [
  '@grafana',
  '@react-hookz',
  '@ver0',
  '@openfeature',
  'ol',
  'd3',
  'd3-.*',
  'uuid',
  'react-calendar',
  'get-user-locale',
  'memoize',
  'mimic-function',
  'marked',
  'rxjs',
  'color-.*',
  'geotiff',
  'quick-lru',
  'rbush',
  'quickselect',
  'pbf',
  'react-colorful',
  'internmap',
  'delaunator',
  'robust-predicates',
  '@marcbachmann',
  '@react-awesome-query-builder',
  '@wojtekmaj',
  'lru-cache',
];

module.exports = {
  testEnvironment: 'jsdom',
  testTimeout: 20000,
  testMatch: ['<rootDir>/src/**/*.test.{ts,tsx}'],
  setupFilesAfterEnv: ['<rootDir>/.config/jest/setup.ts'],
  moduleNameMapper: { '\\.(css|svg)$': '<rootDir>/.config/jest/empty.cjs' },
  transform: {
    '^.+\\.(t|j)sx?$|^.+\\.mjs$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
};
