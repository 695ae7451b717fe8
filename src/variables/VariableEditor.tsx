import type { QueryEditorProps } from '@grafana/data';
import { EditorField, EditorRow } from '@grafana/plugin-ui';
import { type ComboboxOption } from '@grafana/ui';
import { useId, useMemo } from 'react';

import type { DataSource } from '../datasource';
import { Choice, suggestFrom, ValuePicker } from '../editor/Pickers';
import type { ValuesKind } from '../resources/schema';
import type { MLQuery, MLSettings, VariableQuery } from '../types';

type Filter = 'model' | 'version' | 'feature' | 'label';

const KINDS: Array<ComboboxOption<ValuesKind> & { filters: Filter[] }> = [
  { value: 'models', label: 'Models', filters: [] },
  { value: 'versions', label: 'Versions', filters: ['model'] },
  { value: 'features', label: 'Features', filters: ['model', 'version'] },
  { value: 'classes', label: 'Classes', filters: ['model', 'version'] },
  { value: 'categories', label: 'Categories of a feature', filters: ['model', 'version', 'feature'] },
  { value: 'environments', label: 'Environments', filters: ['model', 'version'] },
  { value: 'segments', label: 'Segments', filters: ['label', 'model', 'version'] },
  { value: 'labels', label: 'Labels', filters: ['model', 'version'] },
  { value: 'label_values', label: 'Values of a label', filters: ['label', 'model', 'version'] },
];

const FILTERS: Record<Filter, { title: string; kind: ValuesKind; placeholder: string }> = {
  model: { title: 'Model', kind: 'models', placeholder: 'All models' },
  version: { title: 'Version', kind: 'versions', placeholder: 'All versions' },
  feature: { title: 'Feature', kind: 'features', placeholder: 'Choose a feature' },
  label: { title: 'Label', kind: 'labels', placeholder: 'Choose a label' },
};

type Props = QueryEditorProps<DataSource, MLQuery, MLSettings, VariableQuery>;

/** Edits the question behind a dashboard variable. */
export default function VariableEditor({ datasource, query, onChange, range }: Props) {
  const id = useId();
  const kind = KINDS.find((k) => k.value === query.kind);
  return (
    <EditorRow>
      <EditorField label="Values" htmlFor={`${id}-kind`}>
        <Choice
          id={`${id}-kind`}
          label="Values"
          width={26}
          placeholder="Choose what to list"
          options={KINDS}
          value={kind?.value ?? null}
          onChange={(chosen) => onChange({ refId: query.refId, kind: chosen, model: query.model })}
        />
      </EditorField>
      {(kind?.filters ?? []).map((filter) => (
        <FilterField
          key={filter}
          id={`${id}-${filter}`}
          filter={filter}
          datasource={datasource}
          query={query}
          range={range}
          onChange={(value) => onChange({ ...query, [filter]: value })}
        />
      ))}
    </EditorRow>
  );
}

interface FilterProps extends Pick<Props, 'datasource' | 'query' | 'range'> {
  id: string;
  filter: Filter;
  onChange: (value: string | undefined) => void;
}

function FilterField({ id, filter, datasource, query, range, onChange }: FilterProps) {
  const { title, kind, placeholder } = FILTERS[filter];
  const { model, version } = query;
  const suggest = useMemo(() => {
    const narrowed = filter === 'model' ? {} : filter === 'version' ? { model } : { model, version };
    return suggestFrom(datasource, kind, narrowed, range);
  }, [datasource, kind, filter, model, version, range]);
  return (
    <EditorField label={title} htmlFor={id}>
      <ValuePicker
        id={id}
        label={title}
        placeholder={placeholder}
        value={query[filter]}
        onChange={onChange}
        suggest={suggest}
        variables={datasource.variableNames()}
      />
    </EditorField>
  );
}
