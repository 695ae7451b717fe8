import { ConfigSection, ConfigSubSection } from '@grafana/plugin-ui';
import { getBackendSrv } from '@grafana/runtime';
import { Alert, Button, Field, Input, Stack } from '@grafana/ui';
import { useId, useState } from 'react';

import { Choice } from '../editor/Pickers';
import { useLoaded } from '../resources/hooks';
import type { Profile, ProfilesResponse } from '../resources/schema';
import type { SectionProps } from './LimitsSection';

const CONVENTION = 'convention';

interface Props extends SectionProps {
  uid: string;
}

/** What the metrics and labels are called: a preset, and one's own names where they differ. */
export function ProfileSection({ uid, settings, set, readOnly }: Props) {
  const id = useId();
  const [ask, setAsk] = useState(() => () => askProfiles(uid));
  const { value, error, loading } = useLoaded(ask);
  const name = settings.profile || CONVENTION;
  const profile = value?.profiles.find((p) => p.name === name);

  return (
    <ConfigSection
      title="Metric names"
      description="Which metrics and labels hold predictions, outcomes, scores and features on your server."
    >
      <Field label="Profile" description={profile?.help ?? 'A preset for the metrics that your model servers export.'}>
        <Choice
          id={`${id}-profile`}
          label="Profile"
          width={40}
          loading={loading}
          disabled={readOnly}
          options={
            value?.profiles.map((p) => ({ value: p.name, label: p.title, description: p.help })) ?? [{ value: name }]
          }
          value={name}
          onChange={(profile) => set({ profile })}
        />
      </Field>
      {error && (
        <Alert severity="info" title="The presets are not available yet">
          <Stack direction="column" gap={1} alignItems="flex-start">
            <span>Save the data source, then load them again. {error}</span>
            <Button size="sm" variant="secondary" onClick={() => setAsk(() => () => askProfiles(uid))}>
              Load presets
            </Button>
          </Stack>
        </Alert>
      )}
      {value && (
        <>
          <ConfigSubSection
            title="Labels of your own"
            description="Only where your labels have other names than in the profile."
            isCollapsible
            isInitiallyOpen={Object.keys(settings.labels ?? {}).length > 0}
          >
            <NameMapping
              kind="label"
              entries={value.labels}
              preset={profile?.labels}
              own={settings.labels}
              onChange={(labels) => set({ labels })}
              readOnly={readOnly}
            />
          </ConfigSubSection>
          <ConfigSubSection
            title="Metrics of your own"
            description="Only where your metrics have other names than in the profile."
            isCollapsible
            isInitiallyOpen={Object.keys(settings.roles ?? {}).length > 0}
          >
            <NameMapping
              kind="metric"
              entries={value.roles}
              preset={profile?.roles}
              own={settings.roles}
              onChange={(roles) => set({ roles })}
              readOnly={readOnly}
            />
          </ConfigSubSection>
        </>
      )}
    </ConfigSection>
  );
}

interface MappingProps {
  kind: 'metric' | 'label';
  entries: Array<{ name: string; help: string }>;
  preset: Profile['roles'] | undefined;
  own: Record<string, string> | undefined;
  onChange: (own: Record<string, string> | undefined) => void;
  readOnly?: boolean;
}

function NameMapping({ kind, entries, preset, own, onChange, readOnly }: MappingProps) {
  const id = useId();
  const rename = (role: string, text: string) => {
    const rest = Object.fromEntries(Object.entries(own ?? {}).filter(([name]) => name !== role));
    const next = text.trim() === '' ? rest : { ...rest, [role]: text.trim() };
    onChange(Object.keys(next).length ? next : undefined);
  };
  return (
    <>
      {entries.map((entry) => (
        <Field key={entry.name} label={inWords(entry.name)} description={entry.help}>
          <Input
            id={`${id}-${entry.name}`}
            aria-label={`${inWords(entry.name)} ${kind}`}
            width={50}
            placeholder={preset?.[entry.name] ?? 'not in this profile'}
            value={own?.[entry.name] ?? ''}
            disabled={readOnly}
            onChange={(event) => rename(entry.name, event.currentTarget.value)}
          />
        </Field>
      ))}
    </>
  );
}

/** featureValue becomes "Feature value". */
function inWords(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function askProfiles(uid: string): Promise<ProfilesResponse> {
  return getBackendSrv().get<ProfilesResponse>(
    `/api/datasources/uid/${encodeURIComponent(uid)}/resources/profiles`,
    undefined,
    undefined,
    { showErrorAlert: false }
  );
}
