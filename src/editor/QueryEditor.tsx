import type { QueryEditorProps } from '@grafana/data';
import { EditorRows } from '@grafana/plugin-ui';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { useCallback, useMemo } from 'react';

import type { DataSource } from '../datasource';
import { defaultQuery } from '../query/change';
import { useLoaded } from '../resources/hooks';
import type { MLQuery, MLSettings } from '../types';
import { AnalysisRow } from './AnalysisRow';
import { BaselineRow } from './BaselineRow';
import { type Editing, EditingContext } from './context';
import { OptionsRow } from './OptionsRow';
import { ScopeRow } from './ScopeRow';

type Props = QueryEditorProps<DataSource, MLQuery, MLSettings>;

/** The query editor: an analysis, what it is about, and its options as the backend describes them. */
export default function QueryEditor({ datasource, query, onChange, onRunQuery, app, range }: Props) {
  const ask = useCallback(() => datasource.analyses(), [datasource]);
  const { value: registry, error, loading } = useLoaded(ask);

  const editing: Editing = useMemo(
    () => ({
      datasource,
      query: query.analysis ? query : { ...query, ...defaultQuery(app) },
      range,
      variables: datasource.variableNames(),
      change: (next) => {
        onChange(next);
        onRunQuery();
      },
    }),
    [datasource, query, app, range, onChange, onRunQuery]
  );

  if (loading) {
    return <LoadingPlaceholder text="Loading analyses…" />;
  }
  if (!registry) {
    return (
      <Alert severity="error" title="The list of analyses could not be loaded">
        {error} Check the data source with Save &amp; test, then open this editor again.
      </Alert>
    );
  }
  const analysis = registry.analyses.find((a) => a.name === editing.query.analysis);
  return (
    <EditingContext.Provider value={editing}>
      <EditorRows>
        <AnalysisRow analyses={registry.analyses} analysis={analysis} app={app} />
        {analysis && (
          <>
            <ScopeRow analysis={analysis} />
            <BaselineRow analysis={analysis} />
            <OptionsRow analysis={analysis} />
          </>
        )}
      </EditorRows>
    </EditingContext.Provider>
  );
}
