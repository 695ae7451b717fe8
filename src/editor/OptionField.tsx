import { EditorField } from '@grafana/plugin-ui';
import { type ComboboxOption, Input, MultiCombobox, Switch } from '@grafana/ui';
import { useId, useState } from 'react';

import type { OptionSchema } from '../resources/schema';
import type { OptionValue } from '../types';
import { useEditing, useSuggest } from './context';
import { Choice, DurationPicker, ValuePicker, ValuesPicker } from './Pickers';

interface Props {
  option: OptionSchema;
  /** The value in the query; undefined means the default holds. */
  value: OptionValue | undefined;
  onChange: (value: OptionValue | undefined) => void;
}

/** One option of an analysis, by its type. */
export function OptionField(props: Props) {
  const id = useId();
  const { option } = props;
  return (
    <EditorField label={option.title} htmlFor={id} tooltip={option.help || undefined}>
      <Control id={id} {...props} />
    </EditorField>
  );
}

type ControlProps = Props & { id: string };

function Control(props: ControlProps) {
  const { type, values } = props.option;
  switch (type) {
    case 'number':
    case 'integer':
      return <NumberControl {...props} />;
    case 'boolean':
      return <BooleanControl {...props} />;
    case 'enum':
      return <EnumControl {...props} />;
    case 'duration':
      return <DurationControl {...props} />;
    case 'strings':
      return values ? <SuggestedListControl {...props} /> : <ListControl {...props} />;
    case 'string':
      return values ? <SuggestedControl {...props} /> : <TextControl {...props} />;
  }
}

function NumberControl({ id, option, value, onChange }: ControlProps) {
  const [problem, setProblem] = useState<string>();
  const commit = (text: string) => {
    const parsed = parseNumber(text, option);
    setProblem(parsed.problem);
    if (!parsed.problem && parsed.value !== value) {
      onChange(parsed.value);
    }
  };
  return (
    <Input
      key={String(value)}
      id={id}
      aria-label={option.title}
      width={14}
      suffix={option.unit}
      placeholder={placeholderOf(option)}
      defaultValue={value === undefined ? '' : String(value)}
      invalid={problem !== undefined}
      title={problem}
      onBlur={(event) => commit(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && commit(event.currentTarget.value)}
    />
  );
}

/** Reads a number, or lets a variable stand for one. */
export function parseNumber(
  text: string,
  option: Pick<OptionSchema, 'type' | 'min' | 'max'>
): { value?: number | string; problem?: string } {
  const trimmed = text.trim();
  if (trimmed === '') {
    return {};
  }
  if (trimmed.includes('$')) {
    return { value: trimmed };
  }
  const number = Number(trimmed);
  if (!Number.isFinite(number)) {
    return { problem: `"${trimmed}" is not a number` };
  }
  if (option.type === 'integer' && !Number.isInteger(number)) {
    return { problem: `${trimmed} is not a whole number` };
  }
  if (option.min !== undefined && number < option.min) {
    return { problem: `${trimmed} is too small: use at least ${option.min}` };
  }
  if (option.max !== undefined && number > option.max) {
    return { problem: `${trimmed} is too large: use at most ${option.max}` };
  }
  return { value: number };
}

function BooleanControl({ id, option, value, onChange }: ControlProps) {
  const fallback = option.default === true;
  return (
    <Switch
      id={id}
      aria-label={option.title}
      value={typeof value === 'boolean' ? value : fallback}
      onChange={({ currentTarget: { checked } }) => onChange(checked === fallback ? undefined : checked)}
    />
  );
}

function EnumControl({ id, option, value, onChange }: ControlProps) {
  const { variables } = useEditing();
  return (
    <Choice
      id={id}
      label={option.title}
      width={24}
      placeholder={placeholderOf(option)}
      options={[
        ...(option.enum ?? []),
        ...variables.map((v) => ({ value: v, label: v, description: 'Dashboard variable' })),
      ]}
      value={textOf(value) ?? textOf(option.default) ?? null}
      onChange={(chosen) => onChange(chosen === option.default ? undefined : chosen)}
    />
  );
}

function DurationControl({ id, option, value, onChange }: ControlProps) {
  const { variables } = useEditing();
  return (
    <DurationPicker
      id={id}
      label={option.title}
      clearable
      placeholder={placeholderOf(option)}
      value={textOf(value)}
      onChange={onChange}
      variables={variables}
    />
  );
}

function SuggestedListControl({ id, option, value, onChange }: ControlProps) {
  const { variables } = useEditing();
  const suggest = useSuggest(option.values ?? '');
  return (
    <ValuesPicker
      id={id}
      label={option.title}
      placeholder={placeholderOf(option) ?? 'All'}
      value={listOf(value)}
      onChange={(list) => onChange(list.length ? list : undefined)}
      suggest={suggest}
      variables={variables}
    />
  );
}

function ListControl({ id, option, value, onChange }: ControlProps) {
  const choices: ComboboxOption[] = option.enum ?? listOf(option.default).map((v) => ({ value: v, label: v }));
  const typed = listOf(value).filter((v) => !choices.some((o) => o.value === v));
  return (
    <MultiCombobox
      id={id}
      aria-label={option.title}
      width={32}
      createCustomValue={!option.enum}
      isClearable
      placeholder={placeholderOf(option)}
      options={[...choices, ...typed.map((v) => ({ value: v, label: v }))]}
      value={listOf(value)}
      onChange={(chosen) => onChange(chosen.length ? chosen.map((o) => o.value) : undefined)}
    />
  );
}

function SuggestedControl({ id, option, value, onChange }: ControlProps) {
  const { variables } = useEditing();
  const suggest = useSuggest(option.values ?? '');
  return (
    <ValuePicker
      id={id}
      label={option.title}
      placeholder={placeholderOf(option)}
      value={textOf(value)}
      onChange={onChange}
      suggest={suggest}
      variables={variables}
    />
  );
}

function TextControl({ id, option, value, onChange }: ControlProps) {
  const shown = textOf(value) ?? '';
  const commit = (text: string) => text !== shown && onChange(text === '' ? undefined : text);
  return (
    <Input
      key={shown}
      id={id}
      aria-label={option.title}
      width={24}
      suffix={option.unit}
      placeholder={placeholderOf(option)}
      defaultValue={shown}
      onBlur={(event) => commit(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && commit(event.currentTarget.value)}
    />
  );
}

/** The default, shown where nothing is chosen. */
function placeholderOf({ default: fallback }: OptionSchema): string | undefined {
  if (fallback === undefined || fallback === null || fallback === '') {
    return undefined;
  }
  return Array.isArray(fallback) ? fallback.join(', ') || undefined : String(fallback);
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : Array.isArray(value) ? value.join(', ') : String(value);
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? [value] : [];
}
