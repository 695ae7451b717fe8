/*
 * Builds the plugin's frontend into dist/. Our own configuration, in the layout
 * that @grafana/create-plugin uses and the catalogue's tools expect.
 */
import CopyWebpackPlugin from 'copy-webpack-plugin';
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from 'webpack';

const root = process.cwd();
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const { id } = JSON.parse(fs.readFileSync(path.join(root, 'src/plugin.json'), 'utf8'));

// What Grafana lends to its plugins at run time. A copy of one's own would be
// larger, and for React simply broken.
const lentByGrafana = [
  'react',
  'react/jsx-runtime',
  'react/jsx-dev-runtime',
  'react-dom',
  'react-inlinesvg',
  'react-redux',
  'react-router',
  'redux',
  'rxjs',
  'rxjs/operators',
  'lodash',
  'moment',
  'jquery',
  'd3',
  'slate',
  'slate-plain-serializer',
  'prismjs',
  'i18next',
  '@emotion/css',
  '@emotion/react',
  /^@grafana\/(data|runtime|ui)(\/unstable)?$/,
];

function stampPluginJson(text: Buffer): string {
  return text.toString().replaceAll('%VERSION%', version).replaceAll('%TODAY%', new Date().toISOString().slice(0, 10));
}

export default function configuration(_env: unknown, argv: { mode?: string }): Configuration {
  const production = argv.mode !== 'development';
  return {
    mode: production ? 'production' : 'development',
    devtool: production ? 'source-map' : 'eval-source-map',
    context: path.join(root, 'src'),
    // publicPath comes first: lazy chunks are looked for beside module.js,
    // wherever Grafana (or a CDN) serves it from.
    entry: { module: [path.join(root, '.config/webpack/publicPath.ts'), './module.ts'] },
    externals: [{ 'amd-module': 'module' }, ...lentByGrafana],
    resolve: { extensions: ['.ts', '.tsx', '.js', '.jsx'] },
    module: {
      rules: [
        {
          test: /\.tsx?$/,
          exclude: /node_modules/,
          loader: 'esbuild-loader',
          options: { target: 'es2022', jsx: 'automatic' },
        },
        { test: /\.css$/, use: ['style-loader', 'css-loader'] },
      ],
    },
    output: {
      // The Go build puts its binaries and its manifest into the same folder.
      clean: { keep: /^(gpx_.*|go_plugin_build_manifest)$/ },
      path: path.join(root, 'dist'),
      filename: '[name].js',
      chunkFilename: production ? '[name].[contenthash:8].js' : '[name].js',
      library: { type: 'amd' },
      publicPath: `public/plugins/${id}/`,
      uniqueName: id,
    },
    plugins: [
      new CopyWebpackPlugin({
        patterns: [
          { from: 'plugin.json', transform: stampPluginJson },
          { from: 'README.md' },
          { from: '../CHANGELOG.md' },
          { from: '../LICENSE', to: 'LICENSE', toType: 'file' },
          { from: 'img', to: 'img' },
          { from: 'dashboards', to: 'dashboards', noErrorOnMissing: true },
        ],
      }),
    ],
    performance: { hints: false },
  };
}
