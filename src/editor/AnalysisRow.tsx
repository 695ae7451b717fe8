import { type IconName } from '@grafana/data';
import { EditorField, EditorRow } from '@grafana/plugin-ui';
import { Alert, type ComboboxOption, RadioButtonGroup, Stack, Text, TextLink } from '@grafana/ui';
import { useId, useMemo } from 'react';

import { formatOf, isAlerting, withAnalysis } from '../query/change';
import type { Analysis } from '../resources/schema';
import { useEditing, useSuggest } from './context';
import { Choice, OneOrMorePicker, type Suggest } from './Pickers';

/** Names of core panels, as Grafana shows them. */
const PANELS: Record<string, string> = {
  barchart: 'Bar chart',
  bargauge: 'Bar gauge',
  gauge: 'Gauge',
  heatmap: 'Heatmap',
  histogram: 'Histogram',
  stat: 'Stat',
  'state-timeline': 'State timeline',
  'status-history': 'Status history',
  table: 'Table',
  timeseries: 'Time series',
  trend: 'Trend',
  xychart: 'XY chart',
};

interface Props {
  analyses: Analysis[];
  analysis?: Analysis;
  app?: string;
}

/** Which analysis, of which model, in which shape. */
export function AnalysisRow({ analyses, analysis, app }: Props) {
  const id = useId();
  const { query, change, variables } = useEditing();
  const models = useSuggest('models');
  const versions = useSuggest('versions');

  const options: ComboboxOption[] = useMemo(
    () =>
      analyses.map((a) => ({
        value: a.name,
        label: a.title,
        description: a.summary,
        group: a.group,
        icon: a.icon as IconName,
      })),
    [analyses]
  );
  const choose = async (name: string) => {
    const next = analyses.find((a) => a.name === name);
    if (next) {
      const model = query.model?.length || !next.needsModel ? query.model : await likelyModel(variables, models);
      change(withAnalysis({ ...query, model }, next, analysis, app));
    }
  };
  const modelMissing = Boolean(analysis?.needsModel && !query.model?.length);
  const format = analysis && formatOf(query, analysis);

  return (
    <EditorRow>
      <Stack direction="column" gap={1}>
        <Stack gap={2} wrap="wrap">
          <EditorField label="Analysis" htmlFor={`${id}-analysis`}>
            <Choice
              id={`${id}-analysis`}
              label="Analysis"
              placeholder="Choose an analysis"
              width={30}
              options={options}
              value={query.analysis ?? null}
              onChange={choose}
            />
          </EditorField>
          <EditorField
            label="Model"
            htmlFor={`${id}-model`}
            invalid={modelMissing}
            error="This analysis is of one model: choose it."
          >
            <OneOrMorePicker
              id={`${id}-model`}
              label="Model"
              placeholder={analysis?.needsModel ? 'Choose a model' : 'All models'}
              value={query.model}
              onChange={(model) => change({ ...query, model })}
              suggest={models}
              variables={variables}
            />
          </EditorField>
          <EditorField label="Version" htmlFor={`${id}-version`}>
            <OneOrMorePicker
              id={`${id}-version`}
              label="Version"
              placeholder="All versions"
              width={18}
              value={query.version}
              onChange={(version) => change({ ...query, version })}
              suggest={versions}
              variables={variables}
            />
          </EditorField>
          {analysis && format && (
            <EditorField label="Show as">
              <RadioButtonGroup
                aria-label="Show as"
                options={analysis.formats.map((f) => ({ value: f.name, label: f.title }))}
                disabledOptions={isAlerting(app) ? analysis.formats.filter((f) => !f.alerting).map((f) => f.name) : []}
                value={format.name}
                onChange={(name) => change({ ...query, format: name })}
              />
            </EditorField>
          )}
        </Stack>
        {analysis && format && (
          <Text variant="bodySmall" color="secondary">
            {sentence(analysis.summary)} Best panel: {PANELS[format.panel] ?? format.panel}.
            {analysis.needs && ` Needs: ${sentence(analysis.needs)}`}{' '}
            {analysis.docs && (
              <TextLink href={analysis.docs} external inline variant="bodySmall">
                How to read it
              </TextLink>
            )}
          </Text>
        )}
        {analysis && format && isAlerting(app) && !format.alerting && (
          <Alert severity="warning" title={`An alert rule cannot use "${format.title}"`}>
            {alertingAdvice(analysis)}
          </Alert>
        )}
        {query.analysis && !analysis && (
          <Alert severity="error" title={`The analysis "${query.analysis}" is not known`}>
            Choose another one. A newer version of the plugin may have it.
          </Alert>
        )}
      </Stack>
    </EditorRow>
  );
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** The dashboard's own variable for the model, or the first model there is, so that the first query draws. */
async function likelyModel(variables: string[], models: Suggest): Promise<string | undefined> {
  const variable = variables.find((v) => v.toLowerCase() === '$model');
  return variable ?? (await models('').catch((): string[] => []))[0];
}

function alertingAdvice(analysis: Analysis): string {
  const fit = analysis.formats.filter((f) => f.alerting).map((f) => f.title);
  return fit.length
    ? `Alert rules need plain values. Show it as ${fit.join(' or ')}.`
    : 'Alert rules need plain values, which this analysis does not give. Choose another analysis.';
}
