import { Combobox, type ComboboxOption, MultiCombobox } from '@grafana/ui';
import { useCallback } from 'react';

import type { DataSource } from '../datasource';
import type { Values } from '../types';

/** Where a picker's suggestions come from: the text typed so far in, values out. */
export type Suggest = (search: string) => Promise<string[]>;

interface Common {
  id: string;
  label: string;
  placeholder?: string;
  width?: number;
  disabled?: boolean;
}

/** Suggestions from a source, with the dashboard's variables first. */
function useOptions(suggest: Suggest, variables: string[]) {
  return useCallback(
    async (search: string): Promise<ComboboxOption[]> => {
      const wanted = search.toLowerCase();
      const matching = variables.filter((v) => v.toLowerCase().includes(wanted));
      const values = await suggest(search);
      return [
        ...matching.map((value) => ({ value, label: value, description: 'Dashboard variable' })),
        ...values.map((value) => ({ value, label: value === '' ? '(empty)' : value })),
      ];
    },
    [suggest, variables]
  );
}

interface ChoiceProps<T extends string> extends Common {
  options: Array<ComboboxOption<T>>;
  value: T | null;
  onChange: (value: T) => void;
  loading?: boolean;
}

/** Chooses one entry of a fixed list. */
export function Choice<T extends string>({ label, onChange, width = 24, ...rest }: ChoiceProps<T>) {
  return (
    <Combobox
      aria-label={label}
      width={width}
      // Enter on a list that typing has shortened can choose nothing.
      onChange={(option: ComboboxOption<T> | undefined) => option && onChange(option.value)}
      {...rest}
    />
  );
}

interface OneProps extends Common {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  suggest: Suggest;
  variables: string[];
}

/** Chooses one value: from the server, a variable, or typed. */
export function ValuePicker({
  id,
  label,
  placeholder,
  width = 24,
  disabled,
  value,
  onChange,
  suggest,
  variables,
}: OneProps) {
  const options = useOptions(suggest, variables);
  return (
    <Combobox
      id={id}
      aria-label={label}
      placeholder={placeholder}
      width={width}
      disabled={disabled}
      createCustomValue
      isClearable
      options={options}
      value={value || null}
      onChange={(option) => onChange(option?.value)}
    />
  );
}

interface ManyProps extends Common {
  value: string[];
  onChange: (value: string[]) => void;
  suggest: Suggest;
  variables: string[];
}

/** Chooses any number of values. */
export function ValuesPicker({
  id,
  label,
  placeholder,
  width = 32,
  disabled,
  value,
  onChange,
  suggest,
  variables,
}: ManyProps) {
  const options = useOptions(suggest, variables);
  return (
    <MultiCombobox
      id={id}
      aria-label={label}
      placeholder={placeholder}
      width={width}
      disabled={disabled}
      createCustomValue
      isClearable
      options={options}
      value={value}
      onChange={(chosen) => onChange(chosen.map((option) => option.value))}
    />
  );
}

interface EitherProps extends Common {
  value: Values | undefined;
  onChange: (value: Values | undefined) => void;
  suggest: Suggest;
  variables: string[];
}

/** Chooses one value, or edits the list where a query holds one. */
export function OneOrMorePicker({ value, onChange, ...rest }: EitherProps) {
  return Array.isArray(value) ? (
    <ValuesPicker {...rest} value={value} onChange={(list) => onChange(list.length ? list : undefined)} />
  ) : (
    <ValuePicker {...rest} value={value} onChange={onChange} />
  );
}

interface DurationProps extends Common {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  /** Choices before the durations. */
  first?: Array<ComboboxOption<string>>;
  durations?: string[];
  variables: string[];
  clearable?: boolean;
}

const DURATIONS = ['5m', '15m', '1h', '6h', '1d', '7d', '28d'];
const UNITS: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', y: 'year' };

function inWords(duration: string): string {
  const [, n = '', unit = ''] = /^(\d+)([smhdwy])$/.exec(duration) ?? [];
  const word = UNITS[unit];
  return word ? `${n} ${word}${n === '1' ? '' : 's'}` : duration;
}

/** Chooses a duration: a common one, a variable, or typed as 90m, 1d12h. */
export function DurationPicker(props: DurationProps) {
  const {
    id,
    label,
    placeholder,
    width = 20,
    disabled,
    value,
    onChange,
    first,
    durations,
    variables,
    clearable,
  } = props;
  const choices: ComboboxOption[] = [
    ...(first ?? []),
    ...(durations ?? DURATIONS).map((d) => ({ value: d, label: inWords(d) })),
    ...variables.map((v) => ({ value: v, label: v, description: 'Dashboard variable' })),
  ];
  const known = choices.find((o) => o.value === value);
  const common = {
    id,
    'aria-label': label,
    placeholder,
    width,
    disabled,
    createCustomValue: true,
    customValueDescription: 'Use this duration',
    // A function, since with a fixed list Enter would take the entry that was
    // highlighted before one typed, not the text just typed.
    options: async (search: string) =>
      choices.filter(({ value, label }) => `${value} ${label}`.toLowerCase().includes(search.toLowerCase())),
    value: known ?? (value ? { value, label: value } : null),
  };
  return clearable ? (
    <Combobox {...common} isClearable onChange={(option) => onChange(option?.value)} />
  ) : (
    <Combobox {...common} onChange={(option) => option && onChange(option.value)} />
  );
}

/** Suggestions of one kind from the data source. */
export function suggestFrom(
  datasource: DataSource,
  kind: string,
  filter: { model?: Values; version?: Values; feature?: Values; label?: string } = {},
  range?: Parameters<DataSource['values']>[1]
): Suggest {
  return async (search) => (await datasource.values({ kind, ...filter, search }, range)).values ?? [];
}
