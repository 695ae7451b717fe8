import { ConfigSubSection } from '@grafana/plugin-ui';
import { Field, Input } from '@grafana/ui';
import { useId } from 'react';

import { MatchersEditor } from '../editor/MatchersEditor';
import type { MLSettings } from '../types';

export interface SectionProps {
  settings: MLSettings;
  set: (changed: Partial<MLSettings>) => void;
  readOnly?: boolean;
}

type Limit = 'maxSeries' | 'maxResponseMegabytes' | 'maxWindows' | 'cacheMegabytes';

/** The fallbacks are the backend's own. */
const LIMITS: Array<{ name: Limit; title: string; help: string; unit?: string; fallback: number; least: number }> = [
  {
    name: 'maxSeries',
    title: 'Most series per request',
    help: 'A query over this limit stops with an error.',
    fallback: 100_000,
    least: 1,
  },
  {
    name: 'maxResponseMegabytes',
    title: 'Largest response',
    help: 'What the server may send for one request.',
    unit: 'MB',
    fallback: 256,
    least: 1,
  },
  {
    name: 'maxWindows',
    title: 'Most windows per query',
    help: 'Points over time. Prometheus itself allows 11,000.',
    fallback: 11_000,
    least: 1,
  },
  {
    name: 'cacheMegabytes',
    title: 'Cache',
    help: 'Memory for finished windows, so that a refresh reads only the newest. 0 turns it off.',
    unit: 'MB',
    fallback: 128,
    least: 0,
  },
];

const noSuggestions = async () => [];
const noValues = () => noSuggestions;

/** Limits, and the conditions that every query gets. */
export function LimitsSection({ settings, set, readOnly }: SectionProps) {
  const id = useId();
  const change = (name: Limit, least: number, text: string) => {
    const number = Number(text);
    set({ [name]: text.trim() === '' || !Number.isInteger(number) || number < least ? undefined : number });
  };
  return (
    <>
      <ConfigSubSection title="Limits">
        {LIMITS.map(({ name, title, help, unit, fallback, least }) => (
          <Field key={name} label={title} description={help}>
            <Input
              id={`${id}-${name}`}
              aria-label={title}
              type="number"
              min={least}
              step={1}
              width={24}
              suffix={unit}
              placeholder={String(fallback)}
              value={settings[name] ?? ''}
              disabled={readOnly}
              onChange={(event) => change(name, least, event.currentTarget.value)}
            />
          </Field>
        ))}
      </ConfigSubSection>
      <ConfigSubSection
        title="Enforced filters"
        description="Added to every query of this data source, so that a team's data source shows that team's models only."
      >
        <MatchersEditor
          id={`${id}-enforced`}
          of="Enforced"
          matchers={settings.enforcedMatchers ?? []}
          onChange={(enforcedMatchers) => set({ enforcedMatchers })}
          suggestLabels={noSuggestions}
          suggestValues={noValues}
          variables={[]}
          disabled={readOnly}
        />
      </ConfigSubSection>
    </>
  );
}
