import { Button, IconButton, Stack } from '@grafana/ui';
import { useMemo, useState } from 'react';

import { type Matcher, MATCHER_OPERATORS, type MatcherOperator } from '../types';
import { Choice, OneOrMorePicker, type Suggest, ValuePicker } from './Pickers';

const OPERATORS: Array<{ value: MatcherOperator; label: string; description: string }> = MATCHER_OPERATORS.map(
  (op) => ({
    value: op,
    label: op,
    description: { '=': 'is', '!=': 'is not', '=~': 'matches the pattern', '!~': 'does not match the pattern' }[op],
  })
);

interface Props {
  id: string;
  /** What the matchers are for, said to screen readers: "Baseline". */
  of?: string;
  matchers: Matcher[];
  onChange: (matchers: Matcher[]) => void;
  suggestLabels: Suggest;
  suggestValues: (label: string) => Suggest;
  variables: string[];
  disabled?: boolean;
}

/** Edits label conditions. A new one counts only once it has a label and a value. */
export function MatchersEditor({ id, of, matchers, onChange, ...rest }: Props) {
  const [draft, setDraft] = useState<Matcher>();
  const said = of ? `${of} filter` : 'Filter';
  const replace = (at: number, matcher: Matcher) => onChange(matchers.map((m, i) => (i === at ? matcher : m)));

  const changeDraft = (next: Matcher) => {
    if (next.label !== '' && next.value !== '') {
      setDraft(undefined);
      onChange([...matchers, next]);
    } else {
      setDraft(next);
    }
  };

  return (
    <Stack gap={1} wrap="wrap" alignItems="center">
      {matchers.map((matcher, i) => (
        <MatcherRow
          key={i}
          id={`${id}-${i}`}
          said={`${said} ${i + 1}`}
          matcher={matcher}
          onChange={(next) => replace(i, next)}
          onRemove={() => onChange(matchers.filter((_, at) => at !== i))}
          {...rest}
        />
      ))}
      {draft && (
        <MatcherRow
          id={`${id}-new`}
          said={`New ${said.toLowerCase()}`}
          matcher={draft}
          onChange={changeDraft}
          onRemove={() => setDraft(undefined)}
          {...rest}
        />
      )}
      {!draft && !rest.disabled && (
        <Button
          id={id}
          icon="plus"
          variant="secondary"
          aria-label={`Add ${said.toLowerCase()}`}
          tooltip={`Add ${said.toLowerCase()}`}
          onClick={() => setDraft({ label: '', op: '=', value: '' })}
        />
      )}
    </Stack>
  );
}

interface RowProps extends Omit<Props, 'of' | 'matchers' | 'onChange'> {
  said: string;
  matcher: Matcher;
  onChange: (matcher: Matcher) => void;
  onRemove: () => void;
}

function MatcherRow(props: RowProps) {
  const { id, said, matcher, onChange, onRemove, suggestLabels, suggestValues, variables, disabled } = props;
  const ofLabel = useMemo(() => suggestValues(matcher.label), [suggestValues, matcher.label]);
  return (
    <Stack gap={0} alignItems="center">
      <ValuePicker
        id={`${id}-label`}
        label={`${said}: label`}
        placeholder="Label"
        width={18}
        disabled={disabled}
        value={matcher.label}
        onChange={(label) => (label ? onChange({ ...matcher, label }) : onRemove())}
        suggest={suggestLabels}
        variables={[]}
      />
      <Choice
        id={`${id}-op`}
        label={`${said}: condition`}
        width={8}
        disabled={disabled}
        options={OPERATORS}
        value={matcher.op}
        onChange={(op) => onChange({ ...matcher, op })}
      />
      <OneOrMorePicker
        id={`${id}-value`}
        label={`${said}: value`}
        placeholder="Value"
        width={22}
        disabled={disabled || matcher.label === ''}
        value={matcher.value}
        onChange={(value) => onChange({ ...matcher, value: value ?? '' })}
        suggest={ofLabel}
        variables={variables}
      />
      <IconButton
        name="times"
        variant="secondary"
        aria-label={`Remove ${said.toLowerCase()}`}
        tooltip={`Remove ${said.toLowerCase()}`}
        disabled={disabled}
        onClick={onRemove}
      />
    </Stack>
  );
}
