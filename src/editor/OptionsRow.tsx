import { EditorRow } from '@grafana/plugin-ui';
import { Button, Stack } from '@grafana/ui';
import { useState } from 'react';

import { formatOf, optionsOf, withOption } from '../query/change';
import type { Analysis, OptionSchema } from '../resources/schema';
import { useEditing } from './context';
import { OptionField } from './OptionField';

/** The analysis's own options, drawn from the schema that the backend gives. */
export function OptionsRow({ analysis }: { analysis: Analysis }) {
  const { query, change } = useEditing();
  const options = optionsOf(analysis, formatOf(query, analysis)?.name);
  const common = options.filter((o) => !o.advanced);
  const advanced = options.filter((o) => o.advanced);
  const set = advanced.filter((o) => query.options?.[o.name] !== undefined).length;
  const [open, setOpen] = useState(false);
  if (options.length === 0) {
    return null;
  }
  const field = (option: OptionSchema) => (
    <OptionField
      // Options of the same name differ between analyses.
      key={`${analysis.name}.${option.name}`}
      option={option}
      value={query.options?.[option.name]}
      onChange={(value) => change(withOption(query, option.name, value))}
    />
  );
  return (
    <EditorRow>
      <Stack direction="column" gap={1}>
        <Stack gap={2} wrap="wrap">
          {common.map(field)}
        </Stack>
        {advanced.length > 0 && (
          <div>
            <Button
              variant="secondary"
              fill="text"
              size="sm"
              icon={open ? 'angle-down' : 'angle-right'}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              More options{set > 0 ? ` (${set} set)` : ''}
            </Button>
          </div>
        )}
        {open && (
          <Stack gap={2} wrap="wrap">
            {advanced.map(field)}
          </Stack>
        )}
      </Stack>
    </EditorRow>
  );
}
