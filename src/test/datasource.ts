import type { DataSourceInstanceSettings } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

import { DataSource } from '../datasource';
import type { MLSettings } from '../types';
import { knownValues, registry } from './analyses';

/** Templating with the given variables, as Grafana's own service does it. */
export function templatesWith(variables: Record<string, string | string[]> = {}): TemplateSrv {
  return {
    getVariables: () => Object.keys(variables).map((name) => ({ name })),
    containsTemplate: (text?: string) => /\$/.test(text ?? ''),
    updateTimeRange: () => undefined,
    replace: (text = '', _scoped?: unknown, format?: unknown) =>
      text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => {
        const value = variables[name];
        if (value === undefined) {
          return whole;
        }
        return typeof format === 'function' ? format(value) : String(value);
      }),
  } as unknown as TemplateSrv;
}

/** A data source whose backend answers from the fixtures. */
export function testDatasource(variables?: Record<string, string | string[]>): DataSource {
  const settings = { id: 1, uid: 'ml', type: 'mlmonitor-metrics-datasource', name: 'ML', jsonData: {}, meta: {} };
  const datasource = new DataSource(
    settings as unknown as DataSourceInstanceSettings<MLSettings>,
    templatesWith(variables)
  );
  datasource.getResource = jest.fn(async (path: string, params?: Record<string, string>) =>
    path === 'analyses' ? registry : { values: knownValues[params?.kind ?? ''] ?? [], truncated: false }
  ) as never;
  return datasource;
}
