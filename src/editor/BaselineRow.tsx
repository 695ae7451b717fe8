import { EditorField, EditorRow } from '@grafana/plugin-ui';
import { Button, type ComboboxOption, Input, Stack, Text } from '@grafana/ui';
import { useCallback, useId } from 'react';

import { firstBaseline, formatOf, newBaseline, withoutEmpty } from '../query/change';
import { baselineInWords, windowInWords } from '../query/words';
import type { Analysis } from '../resources/schema';
import type { Baseline, BaselineKind } from '../types';
import { useEditing, useSuggest } from './context';
import { MatchersEditor } from './MatchersEditor';
import { Choice, DurationPicker, OneOrMorePicker, suggestFrom, ValuePicker } from './Pickers';
import { isTimeLike } from './ScopeRow';

const NONE = 'none';

const KINDS: Record<BaselineKind, { label: string; description: string }> = {
  offset: { label: 'Earlier', description: 'The same windows, a day or a week ago' },
  preceding: { label: 'Just before', description: 'The stretch of time before each window' },
  period: { label: 'Fixed period', description: 'One stretch of time that you choose' },
  reference: { label: 'Training reference', description: 'The counts that ship with the model' },
  version: { label: 'Other version', description: 'Another version, environment or segment, at the same time' },
};

/** What the current windows are compared with. */
export function BaselineRow({ analysis }: { analysis: Analysis }) {
  const id = useId();
  const { query, change } = useEditing();
  if (analysis.baseline === 'none') {
    return null;
  }
  const baseline = query.baseline ?? (analysis.baseline === 'required' ? firstBaseline(analysis) : undefined);
  const kinds = (analysis.baselines?.length ? analysis.baselines : Object.keys(KINDS)) as BaselineKind[];
  const options: ComboboxOption[] = [
    ...(analysis.baseline === 'optional' ? [{ value: NONE, label: 'None', description: 'Compare with nothing' }] : []),
    ...kinds.map((kind) => ({ value: kind, label: KINDS[kind]?.label ?? kind, description: KINDS[kind]?.description })),
  ];
  const set = (next: Baseline | undefined) => change(withoutEmpty({ ...query, baseline: next }));
  const start = (kind: string) => {
    const first = firstBaseline(analysis);
    set(kind === NONE ? undefined : first.kind === kind ? first : newBaseline(kind as BaselineKind));
  };
  const timeLike = isTimeLike(formatOf(query, analysis)?.name);

  return (
    <EditorRow>
      <EditorField label="Compare with" htmlFor={`${id}-kind`} tooltip="The baseline: what counts as normal.">
        <Choice
          id={`${id}-kind`}
          label="Compare with"
          width={24}
          options={options}
          value={baseline?.kind ?? NONE}
          onChange={start}
        />
      </EditorField>
      {baseline && <BaselineFields id={id} baseline={baseline} onChange={set} />}
      {baseline && (
        <EditorField label="In words">
          <Text element="p" variant="bodySmall" color="secondary">
            {capital(windowInWords(query.window, timeLike))} against {baselineInWords(baseline)}.
          </Text>
        </EditorField>
      )}
    </EditorRow>
  );
}

interface FieldsProps {
  id: string;
  baseline: Baseline;
  onChange: (baseline: Baseline) => void;
}

function BaselineFields({ id, baseline, onChange }: FieldsProps) {
  const { variables } = useEditing();
  switch (baseline.kind) {
    case 'offset':
      return (
        <EditorField label="How much earlier" htmlFor={`${id}-offset`}>
          <DurationPicker
            id={`${id}-offset`}
            label="How much earlier"
            durations={['1h', '1d', '7d', '14d', '28d']}
            value={baseline.offset}
            onChange={(offset) => offset && onChange({ ...baseline, offset })}
            variables={variables}
          />
        </EditorField>
      );
    case 'preceding':
      return (
        <EditorField label="Width" htmlFor={`${id}-width`} optional>
          <DurationPicker
            id={`${id}-width`}
            label="Width"
            placeholder="As the window"
            clearable
            value={baseline.width}
            onChange={(width) => onChange({ kind: 'preceding', ...(width && { width }) })}
            variables={variables}
          />
        </EditorField>
      );
    case 'period':
      return <PeriodFields id={id} baseline={baseline} onChange={onChange} />;
    case 'reference':
      return <ReferenceField id={id} baseline={baseline} onChange={onChange} />;
    case 'version':
      return <VersionFields id={id} baseline={baseline} onChange={onChange} />;
  }
}

type FieldsOf<K extends BaselineKind> = Omit<FieldsProps, 'baseline'> & { baseline: Extract<Baseline, { kind: K }> };

function PeriodFields({ id, baseline, onChange }: FieldsOf<'period'>) {
  const { range } = useEditing();
  const input = (side: 'from' | 'to', label: string) => (
    <EditorField label={label} htmlFor={`${id}-${side}`}>
      <Input
        // The field keeps what is being typed; a new value from outside starts it anew.
        key={baseline[side]}
        id={`${id}-${side}`}
        aria-label={label}
        width={26}
        placeholder="2026-05-01T00:00:00Z or now-7d"
        defaultValue={baseline[side]}
        onBlur={({ currentTarget: { value } }) =>
          value !== baseline[side] && onChange({ ...baseline, [side]: value.trim() })
        }
      />
    </EditorField>
  );
  return (
    <>
      {input('from', 'Baseline from')}
      {input('to', 'Baseline to')}
      {range && (
        <EditorField label="Or">
          <Button
            variant="secondary"
            icon="clock-nine"
            onClick={() => onChange({ ...baseline, from: range.from.toISOString(), to: range.to.toISOString() })}
          >
            Take the time range shown now
          </Button>
        </EditorField>
      )}
    </>
  );
}

function ReferenceField({ id, baseline, onChange }: FieldsOf<'reference'>) {
  const { variables } = useEditing();
  const references = useSuggest('label_values', 'reference');
  return (
    <EditorField label="Reference" htmlFor={`${id}-reference`} optional>
      <ValuePicker
        id={`${id}-reference`}
        label="Reference"
        placeholder="The model's only one"
        value={baseline.reference}
        onChange={(reference) => onChange({ kind: 'reference', ...(reference && { reference }) })}
        suggest={references}
        variables={variables}
      />
    </EditorField>
  );
}

function VersionFields({ id, baseline, onChange }: FieldsOf<'version'>) {
  const { datasource, query, variables, range } = useEditing();
  const versions = useSuggest('versions');
  const labels = useSuggest('labels');
  const { model } = query;
  const valuesOf = useCallback(
    (label: string) => suggestFrom(datasource, 'label_values', { model, label }, range),
    [datasource, model, range]
  );
  return (
    <>
      <EditorField label="Baseline version" htmlFor={`${id}-version`}>
        <OneOrMorePicker
          id={`${id}-version`}
          label="Baseline version"
          placeholder="Same version"
          width={18}
          value={baseline.version}
          onChange={(version) => onChange({ ...baseline, version })}
          suggest={versions}
          variables={variables}
        />
      </EditorField>
      <EditorField
        label="Baseline filters"
        htmlFor={`${id}-matchers`}
        optional
        tooltip="For another environment or segment."
      >
        <Stack>
          <MatchersEditor
            id={`${id}-matchers`}
            of="Baseline"
            matchers={baseline.matchers ?? []}
            onChange={(matchers) => onChange({ ...baseline, matchers })}
            suggestLabels={labels}
            suggestValues={valuesOf}
            variables={variables}
          />
        </Stack>
      </EditorField>
    </>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
