import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import {
  AdvancedHttpSettings,
  Auth,
  ConfigSection,
  ConfigSubSection,
  ConnectionSettings,
  convertLegacyAuthProps,
  DataSourceDescription,
} from '@grafana/plugin-ui';
import { config } from '@grafana/runtime';
import { Divider, Field, RadioButtonGroup, SecureSocksProxySettings } from '@grafana/ui';

import type { MLSettings } from '../types';
import { LimitsSection } from './LimitsSection';
import { ProfileSection } from './ProfileSection';

type Props = DataSourcePluginOptionsEditorProps<MLSettings>;

const DOCS = 'https://github.com/mlmonitor/mlmonitor-datasource/tree/main/docs';

const METHODS = [
  { value: 'POST' as const, label: 'POST', description: 'Recommended: long queries fit in the body' },
  { value: 'GET' as const, label: 'GET', description: 'For servers or proxies that refuse POST' },
];

/** Settings of the data source: how to reach the server, what its metrics are called, limits. */
export default function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, readOnly } = options;
  const set = (changed: Partial<MLSettings>) => onOptionsChange({ ...options, jsonData: { ...jsonData, ...changed } });

  return (
    <>
      <DataSourceDescription dataSourceName="ML Monitor" docsLink={DOCS} hasRequiredFields />
      <Divider spacing={4} />
      <ConnectionSettings
        config={options}
        onChange={onOptionsChange}
        urlLabel="Prometheus server URL"
        urlPlaceholder="http://localhost:9090"
        urlTooltip="The address of any server that speaks the Prometheus API: Prometheus, Mimir, Thanos, Cortex, VictoriaMetrics or a managed service."
      />
      <Divider spacing={4} />
      <Auth {...convertLegacyAuthProps({ config: options, onChange: onOptionsChange })} readOnly={readOnly} />
      <Divider spacing={4} />
      <ProfileSection uid={options.uid} settings={jsonData} set={set} readOnly={readOnly} />
      <Divider spacing={4} />
      <ConfigSection
        title="Advanced settings"
        description="How requests are made, and how much one query may cost."
        isCollapsible
        isInitiallyOpen={false}
      >
        <AdvancedHttpSettings config={options} onChange={(next) => onOptionsChange(withoutEmptyTimeout(next))} />
        <ConfigSubSection title="Requests">
          <Field label="HTTP method" description="How queries are sent to the server.">
            <RadioButtonGroup
              aria-label="HTTP method"
              options={METHODS}
              value={jsonData.httpMethod ?? 'POST'}
              disabled={readOnly}
              onChange={(httpMethod) => set({ httpMethod })}
            />
          </Field>
        </ConfigSubSection>
        <LimitsSection settings={jsonData} set={set} readOnly={readOnly} />
        {config.secureSocksDSProxyEnabled && (
          <SecureSocksProxySettings options={options} onOptionsChange={onOptionsChange} />
        )}
      </ConfigSection>
    </>
  );
}

/** An emptied timeout field gives NaN, which would be saved as null. */
function withoutEmptyTimeout(options: Props['options']): Props['options'] {
  const { timeout, ...rest } = options.jsonData;
  return Number.isFinite(timeout) ? options : { ...options, jsonData: rest };
}
