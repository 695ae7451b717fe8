/*
 * Drives the built plugin in a headless browser: every analysis is made by pointing and
 * clicking, the config and variable editors are filled in, screenshots go to
 * test-results/. Exit status 1 when anything is not as it should be.
 *
 * Needs dist/ (npm run build) and a Chromium: /usr/bin/chromium, or CHROMIUM=path.
 * MLMONITOR_BACKEND_URL: see server.mjs. An argument chooses the tests whose name has it.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';
import { chromium } from 'playwright-core';

import { serve } from './server.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const results = join(root, 'test-results');
const backend = process.env.MLMONITOR_BACKEND_URL?.replace(/\/$/, '');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
];

for (const [path, remedy] of [
  [join(root, 'dist/module.js'), 'run "npm run build" first'],
  [executablePath, 'install Chromium, or name it in the variable CHROMIUM'],
]) {
  if (!existsSync(path)) {
    console.error(`${path} is missing: ${remedy}.`);
    process.exit(1);
  }
}

/** Grafana's code editor is large, and no editor here uses it. */
const withoutCodeEditor = {
  name: 'without-code-editor',
  setup(build) {
    build.onResolve({ filter: /^monaco-editor/ }, ({ path }) => ({ path, namespace: 'absent' }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const scratch = mkdtempSync(join(tmpdir(), 'mlmonitor-browser-'));
const hostScript = join(scratch, 'host.js');
await esbuild.build({
  entryPoints: [join(root, 'tests/browser/host.tsx')],
  outfile: hostScript,
  bundle: true,
  format: 'iife',
  platform: 'browser',
  jsx: 'automatic',
  // The loader puts an AMD "define" into the page, which bundled libraries must not take.
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis', define: 'undefined' },
  minify: true,
  logLevel: 'error',
  plugins: [withoutCodeEditor],
});
mkdirSync(results, { recursive: true });
const server = await serve({ root, hostScript, backend });
const browser = await chromium.launch({ executablePath, args: FLAGS });

/** The host has no Grafana server behind it, and a missing file is reported with its name. */
const EXPECTED_LOGS = ['grafanaBootData was not set', 'Failed to load resource'];

/** Opens a page of the host; whatever the page logs as an error fails the test. */
async function open(t, parameters) {
  const page = await browser.newPage({ viewport: { width: 1240, height: 900 } });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => t.problems.push(`page error: ${error.stack}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED_LOGS.some((text) => message.text().includes(text))) {
      t.problems.push(`console: ${message.text()}`);
    }
  });
  page.on('response', (response) => {
    if (response.status() >= 400) {
      t.problems.push(`${response.status()} ${response.url()}`);
    }
  });
  await page.goto(`${server.url}/?${new URLSearchParams(parameters)}`);
  t.pages.push(page);
  return page;
}

const shown = async (page, name) => JSON.parse(await page.getByTestId(name).textContent());
const field = (page, name) => page.getByRole('combobox', { name, exact: true });

/** The text at the start of an entry: its title, before any description. */
const starting = (text) => new RegExp(`^\\s*${text.replace(/[$()?.]/g, '\\$&')}`);

/** Chooses an entry of a drop-down by its title; in a long list, by typing it. */
async function choose(page, name, entry) {
  await field(page, name).click();
  const option = page
    .getByRole('option')
    .filter({ hasText: starting(entry) })
    .first();
  await page.getByRole('option').first().waitFor();
  if (!(await option.isVisible())) {
    await field(page, name).fill(entry);
  }
  await option.click();
}

/** Types a value that no list has to know. */
async function type(page, name, text) {
  await field(page, name).click();
  await field(page, name).fill(text);
  await page.getByRole('option').filter({ hasText: text }).first().waitFor();
  await page.keyboard.press('Enter');
}

/** Waits until a value of the page holds; says what it is when it does not. */
async function until(page, name, holds, what) {
  let last;
  for (let i = 0; i < 400; i++) {
    last = await shown(page, name);
    if (holds(last)) {
      return last;
    }
    await page.waitForTimeout(50);
  }
  assert.fail(`${what}: ${JSON.stringify(last)}`);
}

const registry = backend
  ? await (await fetch(`${backend}/resources/analyses`)).json()
  : await (await fetch(`${server.url}/api/datasources/uid/ml/resources/analyses`)).json();

const EXPECTED = [
  'models',
  'drift',
  'distribution',
  'confusion_matrix',
  'classification',
  'roc',
  'precision_recall',
  'ranking_power',
  'calibration',
  'scores',
];

const tests = {
  'the query editor starts with a query that draws': async (t) => {
    const page = await open(t, { page: 'query' });
    await field(page, 'Analysis').waitFor();
    const query = await shown(page, 'query');
    assert.equal(query.analysis, 'models');
    assert.equal(query.format, 'table');
    await page.screenshot({ path: join(results, 'query-editor-first.png'), fullPage: true });
  },

  'every analysis, in every format, is made by pointing and clicking': async (t) => {
    const page = await open(t, { page: 'query' });
    await field(page, 'Analysis').waitFor();
    await choose(page, 'Model', 'flights');
    for (const analysis of registry.analyses) {
      // The first entry is chosen already.
      await choose(page, 'Analysis', analysis.title);
      await until(page, 'query', (q) => q.analysis === analysis.name, `the query takes the analysis ${analysis.name}`);
      for (const format of analysis.formats.toReversed()) {
        await page.getByRole('radio', { name: format.title, exact: true }).check({ force: true });
        const query = await until(
          page,
          'query',
          (q) => q.format === format.name,
          `${analysis.name} is shown as ${format.name}`
        );
        assert.equal(query.model, 'flights');
        if (analysis.baseline !== 'optional') {
          // An optional baseline is kept from the analysis before.
          assert.equal(query.baseline !== undefined, analysis.baseline === 'required', analysis.name);
        }
      }
    }
    for (const name of EXPECTED) {
      assert.ok(
        registry.analyses.some((a) => a.name === name),
        `the registry has ${name}`
      );
    }
    const runs = await shown(page, 'runs');
    assert.ok(runs.length >= registry.analyses.length, 'each choice ran the query');
    if (!backend) {
      assert.deepEqual(
        runs.filter((r) => r.errors?.length),
        []
      );
    }
  },

  'a drift query: features, baseline, filter, window, more options': async (t) => {
    for (const theme of ['dark', 'light']) {
      const page = await open(t, { page: 'query', theme });
      await choose(page, 'Analysis', 'Drift');
      await until(page, 'query', (q) => q.analysis === 'drift', 'drift is chosen');
      await choose(page, 'Model', 'flights');
      await choose(page, 'Version', 'v2');
      await field(page, 'Features').click();
      await page.getByRole('option').filter({ hasText: 'distance' }).click();
      await page.getByRole('option').filter({ hasText: 'dep_hour' }).click();
      await page.keyboard.press('Escape');
      await choose(page, 'Window', '6 hours');
      await choose(page, 'Compare with', 'Earlier');
      await type(page, 'How much earlier', '3d');
      await page.getByRole('button', { name: 'Add filter' }).click();
      await choose(page, 'New filter: label', 'environment');
      await choose(page, 'New filter: value', 'prod');
      await page.getByRole('button', { name: /More options/ }).click();
      const query = await until(page, 'query', (q) => q.matchers?.length === 1, 'the filter is in the query');
      assert.deepEqual(query.options.features, ['distance', 'dep_hour']);
      assert.deepEqual(query.baseline, { kind: 'offset', offset: '3d' });
      assert.equal(query.window, '6h');
      assert.equal(query.version, 'v2');
      assert.deepEqual(query.matchers, [{ label: 'environment', op: '=', value: 'prod' }]);
      await page.screenshot({ path: join(results, `query-editor-drift-${theme}.png`), fullPage: true });
      await page.close();
    }
  },

  'every baseline is made': async (t) => {
    const page = await open(t, { page: 'query' });
    await choose(page, 'Analysis', 'Drift');
    await choose(page, 'Model', 'flights');
    await choose(page, 'Compare with', 'Just before');
    await choose(page, 'Width', '7 days');
    await until(page, 'query', (q) => q.baseline?.kind === 'preceding' && q.baseline.width === '7d', 'preceding');
    await choose(page, 'Compare with', 'Fixed period');
    await page.getByRole('button', { name: 'Take the time range shown now' }).click();
    await until(page, 'query', (q) => q.baseline?.from === '2026-05-01T00:00:00.000Z', 'period');
    await choose(page, 'Compare with', 'Training reference');
    await until(page, 'query', (q) => q.baseline?.kind === 'reference', 'reference');
    await choose(page, 'Compare with', 'Other version');
    await choose(page, 'Baseline version', 'v1');
    await until(page, 'query', (q) => q.baseline?.kind === 'version' && q.baseline.version === 'v1', 'version');
    await page.screenshot({ path: join(results, 'query-editor-baseline.png'), fullPage: true });
  },

  'a variable with several values reaches the backend as a list': async (t) => {
    const page = await open(t, { page: 'query' });
    await choose(page, 'Analysis', 'Confusion matrix');
    await choose(page, 'Model', '$model');
    await until(page, 'query', (q) => q.model === '$model', 'the query keeps the variable');
    await until(page, 'runs', (r) => r.length >= 2, 'the query ran');
    const sent = server.requests.findLast((r) => r.queries).queries[0];
    assert.deepEqual(sent.model, ['flights', 'fraud']);
  },

  'an alert rule offers only what alert rules can use': async (t) => {
    const page = await open(t, { page: 'query', app: 'unified-alerting' });
    await choose(page, 'Analysis', 'Classification quality');
    const query = await until(page, 'query', (q) => q.analysis === 'classification', 'classification is chosen');
    const format = registry.analyses
      .find((a) => a.name === 'classification')
      .formats.find((f) => f.name === query.format);
    assert.equal(format.alerting, true);
    assert.ok(await page.getByRole('radio', { name: 'Report', exact: true }).isDisabled());
    await page.screenshot({ path: join(results, 'query-editor-alerting.png'), fullPage: true });
  },

  'the config editor sets address, authentication, profile and limits': async (t) => {
    for (const theme of ['dark', 'light']) {
      const page = await open(t, { page: 'config', theme });
      await page.getByLabel('Data source connection URL').fill('http://prometheus:9090');
      await choose(page, 'Profile', 'KServe');
      await page.getByRole('button', { name: /section Metrics of your own/ }).click();
      await page.getByLabel('Score metric', { exact: true }).fill('my_score');
      await page.getByRole('button', { name: /section Metrics of your own/ }).click();
      await page.getByRole('button', { name: /section Advanced settings/ }).click();
      await page.getByRole('radio', { name: 'GET', exact: true }).check({ force: true });
      await page.getByLabel('Most series per request').fill('5000');
      await page.getByLabel('Timeout').fill('45');
      await page.getByRole('button', { name: 'Add enforced filter' }).click();
      await type(page, 'New enforced filter: label', 'team');
      await type(page, 'New enforced filter: value', 'risk');
      const options = await until(
        page,
        'options',
        (o) => o.jsonData.enforcedMatchers?.length === 1,
        'the enforced filter is set'
      );
      assert.equal(options.url, 'http://prometheus:9090');
      assert.deepEqual(options.jsonData, {
        profile: 'kserve',
        roles: { score: 'my_score' },
        httpMethod: 'GET',
        maxSeries: 5000,
        timeout: 45,
        enforcedMatchers: [{ label: 'team', op: '=', value: 'risk' }],
      });
      await page.screenshot({ path: join(results, `config-editor-${theme}.png`), fullPage: true });
      await page.close();
    }
  },

  'the variable editor lists values': async (t) => {
    const page = await open(t, { page: 'variable' });
    await choose(page, 'Values', 'Features');
    await choose(page, 'Model', 'flights');
    const values = await until(page, 'values', (v) => v.length > 3, 'the values arrive');
    assert.ok(values.some((v) => v.text === 'distance'));
    await page.screenshot({ path: join(results, 'variable-editor.png'), fullPage: true });
  },
};

let failed = 0;
const only = process.argv[2];
const chosen = Object.entries(tests).filter(([name]) => !only || name.includes(only));
for (const [name, test] of chosen) {
  const t = { problems: [], pages: [] };
  const started = Date.now();
  try {
    await test(t);
    assert.deepEqual(t.problems, []);
    console.log(`ok    ${name} (${Date.now() - started} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error.stack}\n${t.problems.join('\n')}`);
    await t.pages
      .at(-1)
      ?.screenshot({ path: join(results, `failed-${failed}.png`), fullPage: true })
      .catch(() => undefined);
  }
  for (const page of t.pages) {
    await page.close().catch(() => undefined);
  }
}
await browser.close();
await server.close();
rmSync(scratch, { recursive: true, force: true });
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
