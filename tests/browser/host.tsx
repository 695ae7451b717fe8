/*
 * A page that stands in for Grafana: it lends the plugin the libraries that Grafana
 * lends, loads the built module.js through the same loader (SystemJS with its AMD
 * extra), and shows one of the plugin's editors in Grafana's theme.
 */
import 'systemjs/dist/system.js';
import 'systemjs/dist/extras/amd.js';
import 'systemjs/dist/extras/named-register.js';

import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import * as lodash from 'lodash';
import moment from 'moment';
import * as prismjs from 'prismjs';
import * as React from 'react';
import * as jsxRuntime from 'react/jsx-runtime';
import * as ReactDOM from 'react-dom';
import { createRoot } from 'react-dom/client';
import * as ReactInlineSvg from 'react-inlinesvg';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

const PLUGIN = 'mlmonitor-metrics-datasource';
const UID = 'ml';

const lent: Record<string, object> = {
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
  lodash: { ...lodash, default: lodash },
  moment: { ...moment, default: moment },
  prismjs,
  react: React,
  'react/jsx-runtime': jsxRuntime,
  'react-dom': ReactDOM,
  'react-inlinesvg': ReactInlineSvg,
  rxjs,
  'rxjs/operators': rxjsOperators,
};

interface Loader {
  addImportMap(map: { imports: Record<string, string> }): void;
  set(id: string, module: object): void;
  import(url: string): Promise<{ plugin: grafanaData.DataSourcePlugin<never> }>;
}
const loader = (window as unknown as { System: Loader }).System;
loader.addImportMap({ imports: Object.fromEntries(Object.keys(lent).map((name) => [name, `package:${name}`])) });
for (const [name, module] of Object.entries(lent)) {
  loader.set(`package:${name}`, module);
}

/** Dashboard variables of the page: the name is written as $name. */
const VARIABLES: Record<string, string | string[]> = { model: ['flights', 'fraud'], env: 'prod' };

const templates = {
  getVariables: () => Object.keys(VARIABLES).map((name) => ({ name })),
  containsTemplate: (text?: string) => /\$\w+/.test(text ?? ''),
  updateTimeRange: () => undefined,
  replace: (text = '', _scoped?: unknown, format?: unknown) =>
    text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => {
      const value = VARIABLES[name];
      if (value === undefined) {
        return whole;
      }
      return typeof format === 'function' ? format(value, { name, multi: true }) : String(value);
    }),
};

async function send({ url, method = 'GET', params, data }: grafanaRuntime.BackendSrvRequest) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      search.append(name, String(one));
    }
  }
  const target = url.replace(/^\/?/, '/') + (search.size ? `?${search}` : '');
  const body = data === undefined ? undefined : JSON.stringify(data);
  const response = await fetch(target, { method, body, headers: body ? { 'Content-Type': 'application/json' } : {} });
  const answer = await response.json();
  if (!response.ok) {
    throw { status: response.status, statusText: response.statusText, data: answer };
  }
  return { data: answer, status: response.status, ok: true, url: target, headers: response.headers };
}

const settings = {
  id: 1,
  uid: UID,
  type: PLUGIN,
  name: 'ML Monitor',
  url: `/api/datasources/proxy/uid/${UID}`,
  access: 'proxy',
  readOnly: false,
  jsonData: {},
  meta: { id: PLUGIN, name: 'ML Monitor', module: '', baseUrl: '', info: {} },
} as unknown as grafanaData.DataSourceInstanceSettings;

grafanaRuntime.setBackendSrv({
  fetch: (request: grafanaRuntime.BackendSrvRequest) => rxjs.defer(() => send(request)),
  get: async (url: string, params?: object) => (await send({ url, params })).data,
} as never);
grafanaRuntime.setTemplateSrv(templates as never);
grafanaRuntime.setDataSourceSrv({
  getInstanceSettings: () => settings,
  getList: () => [settings],
  get: async () => undefined,
  reload: () => undefined,
} as never);

const { dateTime } = grafanaData;
const range: grafanaData.TimeRange = {
  from: dateTime('2026-05-01T00:00:00Z'),
  to: dateTime('2026-05-02T00:00:00Z'),
  raw: { from: 'now-24h', to: 'now' },
};

/** A value that the test reads back. */
function Shown({ name, value }: { name: string; value: unknown }) {
  return (
    <pre data-testid={name} hidden>
      {JSON.stringify(value)}
    </pre>
  );
}

type AnyProps = React.ComponentProps<React.ComponentType<Record<string, unknown>>>;

function QueryPage({ plugin, app }: { plugin: grafanaData.DataSourcePlugin<never>; app: string }) {
  const DataSource = plugin.DataSourceClass as unknown as new (s: object) => grafanaData.DataSourceApi;
  const datasource = React.useMemo(() => new DataSource(settings), [DataSource]);
  const Editor = plugin.components.QueryEditor as unknown as React.ComponentType<AnyProps>;
  const [query, setQuery] = React.useState<grafanaData.DataQuery>(() => ({
    refId: 'A',
    ...datasource.getDefaultQuery?.(app as grafanaData.CoreApp),
  }));
  const latest = React.useRef(query);
  const [runs, setRuns] = React.useState<object[]>([]);
  const change = React.useCallback((next: grafanaData.DataQuery) => {
    latest.current = next;
    setQuery(next);
  }, []);
  const run = React.useCallback(async () => {
    const request = {
      targets: [latest.current],
      range,
      app,
      intervalMs: 60_000,
      maxDataPoints: 500,
      scopedVars: {},
      requestId: 'Q1',
      interval: '1m',
      timezone: 'utc',
      startTime: 0,
    };
    const answer = await rxjs.lastValueFrom(rxjs.from(datasource.query(request as never)));
    setRuns((before) => [
      ...before,
      { state: answer.state, errors: answer.errors?.map((e) => e.message), frames: answer.data.length },
    ]);
  }, [datasource, app]);
  return (
    <>
      <Editor
        datasource={datasource}
        query={query}
        onChange={change}
        onRunQuery={run}
        app={app}
        range={range}
        queries={[query]}
      />
      <Shown name="query" value={query} />
      <Shown name="runs" value={runs} />
      <p>
        <small data-testid="words">{datasource.getQueryDisplayText?.(query)}</small>
      </p>
    </>
  );
}

function ConfigPage({ plugin }: { plugin: grafanaData.DataSourcePlugin<never> }) {
  const Editor = plugin.components.ConfigEditor as unknown as React.ComponentType<AnyProps>;
  const [options, setOptions] = React.useState({
    ...settings,
    orgId: 1,
    typeName: 'ML Monitor',
    typeLogoUrl: '',
    user: '',
    database: '',
    url: '',
    basicAuth: false,
    basicAuthUser: '',
    isDefault: false,
    withCredentials: false,
    secureJsonFields: {},
  });
  return (
    <>
      <Editor options={options} onOptionsChange={setOptions} />
      <Shown name="options" value={options} />
    </>
  );
}

function VariablePage({ plugin }: { plugin: grafanaData.DataSourcePlugin<never> }) {
  const DataSource = plugin.DataSourceClass as unknown as new (s: object) => grafanaData.DataSourceApi;
  const datasource = React.useMemo(() => new DataSource(settings), [DataSource]);
  const support = datasource.variables as grafanaData.CustomVariableSupport<never>;
  const Editor = support.editor as unknown as React.ComponentType<AnyProps>;
  const [query, setQuery] = React.useState({ refId: 'A', ...support.getDefaultQuery?.() });
  const [values, setValues] = React.useState<unknown[]>([]);
  const change = async (next: typeof query) => {
    setQuery(next);
    const answer = await rxjs.lastValueFrom(support.query({ targets: [next], range, scopedVars: {} } as never));
    setValues(answer.data);
  };
  return (
    <>
      <Editor datasource={datasource} query={query} onChange={change} onRunQuery={() => undefined} range={range} />
      <Shown name="query" value={query} />
      <Shown name="values" value={values} />
    </>
  );
}

async function start() {
  const parameters = new URLSearchParams(window.location.search);
  const mode = parameters.get('theme') === 'light' ? 'light' : 'dark';
  const theme = grafanaData.createTheme({ colors: { mode } });
  grafanaRuntime.config.theme2 = theme;
  const { plugin } = await loader.import(`/public/plugins/${PLUGIN}/module.js`);
  const page = {
    config: <ConfigPage plugin={plugin} />,
    variable: <VariablePage plugin={plugin} />,
    query: <QueryPage plugin={plugin} app={parameters.get('app') ?? 'panel-editor'} />,
  }[parameters.get('page') ?? 'query'];
  const Main = () => {
    const { theme } = { theme: grafanaUi.useTheme2() };
    return (
      <main
        style={{
          padding: theme.spacing(2),
          background: theme.colors.background.primary,
          minHeight: '100vh',
          maxWidth: 1200,
        }}
      >
        {page}
      </main>
    );
  };
  const element = document.getElementById('root');
  if (element) {
    createRoot(element).render(
      <grafanaData.ThemeContext.Provider value={theme}>
        <grafanaUi.GlobalStyles />
        <Main />
        <grafanaUi.PortalContainer />
      </grafanaData.ThemeContext.Provider>
    );
  }
}

start().catch((error: unknown) => {
  document.body.textContent = `The plugin could not be loaded: ${String(error)}`;
});
