import { EditorField, EditorRow } from '@grafana/plugin-ui';
import { useCallback, useId } from 'react';

import { formatOf, withoutEmpty } from '../query/change';
import type { Analysis } from '../resources/schema';
import { useEditing, useSuggest } from './context';
import { MatchersEditor } from './MatchersEditor';
import { DurationPicker, suggestFrom, ValuesPicker } from './Pickers';

/** The format's answer has points over time. */
export function isTimeLike(format: string | undefined): boolean {
  return format === 'series' || format === 'heatmap';
}

/** Which series, and over which window. */
export function ScopeRow({ analysis }: { analysis: Analysis }) {
  const id = useId();
  const { datasource, query, change, variables, range } = useEditing();
  const labels = useSuggest('labels');
  const timeLike = isTimeLike(formatOf(query, analysis)?.name);
  const { model, version } = query;
  const valuesOf = useCallback(
    (label: string) => suggestFrom(datasource, 'label_values', { model, version, label }, range),
    [datasource, model, version, range]
  );

  return (
    <EditorRow>
      <EditorField
        label="Window"
        htmlFor={`${id}-window`}
        tooltip="How much time one result covers. A wide window has more data behind each value; a narrow one reacts faster."
      >
        <DurationPicker
          id={`${id}-window`}
          label="Window"
          first={
            timeLike
              ? [{ value: 'auto', label: 'Automatic', description: 'One step of the panel' }]
              : [{ value: 'range', label: 'Whole time range', description: 'Everything the panel shows' }]
          }
          value={shownWindow(query.window, timeLike)}
          onChange={(window) => change({ ...query, window: window ?? 'auto' })}
          variables={[...variables, '$__interval', '$__range']}
        />
      </EditorField>
      {analysis.groupBy && (
        <EditorField
          label="Group by"
          htmlFor={`${id}-group`}
          optional
          tooltip="One result for each value of these labels, for instance per segment."
        >
          <ValuesPicker
            id={`${id}-group`}
            label="Group by"
            placeholder="One result"
            width={26}
            value={query.groupBy ?? []}
            onChange={(groupBy) => change(withoutEmpty({ ...query, groupBy }))}
            suggest={labels}
            variables={variables}
          />
        </EditorField>
      )}
      <EditorField label="Filters" htmlFor={`${id}-filters`} optional tooltip="Only series with these labels.">
        <MatchersEditor
          id={`${id}-filters`}
          matchers={query.matchers ?? []}
          onChange={(matchers) => change(withoutEmpty({ ...query, matchers }))}
          suggestLabels={labels}
          suggestValues={valuesOf}
          variables={variables}
        />
      </EditorField>
    </EditorRow>
  );
}

/** "auto" means the whole range where there are no points over time. */
function shownWindow(window: string | undefined, timeLike: boolean): string {
  if (!window || window === 'auto') {
    return timeLike ? 'auto' : 'range';
  }
  return window === 'range' && timeLike ? '$__range' : window;
}
