import { CoreApp, dateTime, isIconName } from '@grafana/data';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';

import { registry } from '../test/analyses';
import { testDatasource } from '../test/datasource';
import type { MLQuery } from '../types';
import QueryEditor from './QueryEditor';

const range = {
  from: dateTime('2026-05-01T00:00:00Z'),
  to: dateTime('2026-05-02T00:00:00Z'),
  raw: { from: 'now-24h', to: 'now' },
};

interface Setup {
  query?: Partial<MLQuery>;
  app?: CoreApp;
  variables?: Record<string, string>;
  datasource?: ReturnType<typeof testDatasource>;
}

/** Shows the editor as a panel does, and tells what the query has become. */
async function show({ query, app, variables, datasource = testDatasource(variables) }: Setup = {}) {
  let current: MLQuery = { refId: 'A', ...datasource.getDefaultQuery(app), ...query };
  const runs: MLQuery[] = [];
  function Panel() {
    const [shown, setShown] = useState(current);
    return (
      <QueryEditor
        datasource={datasource}
        query={shown}
        app={app}
        range={range}
        onChange={(next) => {
          current = next;
          setShown(next);
        }}
        onRunQuery={() => runs.push(current)}
      />
    );
  }
  await act(async () => {
    render(<Panel />);
  });
  return { user: userEvent.setup({ delay: null, pointerEventsCheck: 0 }), datasource, runs, query: () => current };
}

/** Opens a drop-down and chooses the entry with that title. */
async function choose(user: ReturnType<typeof userEvent.setup>, name: string, entry: string) {
  await user.click(screen.getByRole('combobox', { name }));
  const options = await screen.findAllByRole('option', {}, { timeout: 3000 });
  const found = options.find((option) => option.textContent?.startsWith(entry));
  if (!found) {
    throw new Error(`no entry "${entry}" under ${name}: ${options.map((o) => o.textContent).join(' | ')}`);
  }
  await user.click(found);
}

it('starts with the inventory of models', async () => {
  await show();
  expect(screen.getByRole('combobox', { name: 'Analysis' })).toHaveDisplayValue('Models');
  expect(screen.getByText(/The models there are/)).toBeInTheDocument();
});

// One of each group; the browser test makes them all.
const sample = registry.analyses.filter((a) => registry.analyses.find((b) => b.group === a.group) === a);

it.each(sample.map((a) => [a.title, a] as const))('makes a query of the analysis: %s', async (title, analysis) => {
  const { user, query, runs } = await show({
    query: { analysis: analysis.name === 'models' ? 'drift' : 'models', format: undefined, model: 'flights' },
  });
  await choose(user, 'Analysis', title);
  await waitFor(() => expect(query().analysis).toBe(analysis.name));
  expect(query().format).toBe(analysis.formats[0]?.name);
  for (const format of analysis.formats.slice(1)) {
    await user.click(screen.getByRole('radio', { name: format.title }));
    expect(query().format).toBe(format.name);
  }
  expect(runs.at(-1)).toEqual(query());
  // Every option that is not advanced can be seen at once.
  for (const option of analysis.options.filter(
    (o) => !o.advanced && (!o.formats || o.formats.includes(query().format ?? ''))
  )) {
    expect(screen.getAllByLabelText(new RegExp(`^${option.title}`))).not.toHaveLength(0);
  }
});

it('takes the only likely model when an analysis needs one', async () => {
  const { user, query } = await show();
  await choose(user, 'Analysis', 'Confusion matrix');
  await waitFor(() => expect(query().model).toBe('credit'));
});

it("takes the dashboard's variable for the model where there is one", async () => {
  const { user, query } = await show({ variables: { model: 'flights' } });
  await choose(user, 'Analysis', 'Confusion matrix');
  await waitFor(() => expect(query().model).toBe('$model'));
});

it('says that a model is missing', async () => {
  await show({ query: { analysis: 'roc' } });
  expect(screen.getByText(/choose it/)).toBeInTheDocument();
});

it('chooses model, version and features from what the server knows', async () => {
  const { user, query, datasource } = await show({ query: { analysis: 'drift', model: 'flights' } });
  await choose(user, 'Version', 'v2');
  await choose(user, 'Features', 'distance');
  expect(query()).toMatchObject({ version: 'v2', options: { features: ['distance'] } });
  expect(datasource.getResource).toHaveBeenCalledWith(
    'values',
    expect.objectContaining({ kind: 'features', model: 'flights', version: 'v2', from: range.from.valueOf() }),
    expect.anything()
  );
});

it('builds a baseline and tells it in words', async () => {
  const { user, query } = await show({
    query: { analysis: 'drift', format: 'heatmap', model: 'flights', window: '1h' },
  });
  expect(screen.getByText(/1h up to each point against the same windows 1d earlier/)).toBeInTheDocument();
  await choose(user, 'Compare with', 'Fixed period');
  expect(query().baseline).toEqual({ kind: 'period', from: 'now-14d', to: 'now-7d' });
  await user.click(screen.getByRole('button', { name: 'Take the time range shown now' }));
  expect(query().baseline).toEqual({
    kind: 'period',
    from: '2026-05-01T00:00:00.000Z',
    to: '2026-05-02T00:00:00.000Z',
  });
  await choose(user, 'Compare with', 'Other version');
  await choose(user, 'Baseline version', 'v1');
  expect(query().baseline).toEqual({ kind: 'version', version: 'v1' });
});

it('does without a baseline where it is optional', async () => {
  const { user, query } = await show({
    query: { analysis: 'distribution', model: 'm', baseline: { kind: 'reference' } },
  });
  await choose(user, 'Compare with', 'None');
  expect(query()).not.toHaveProperty('baseline');
});

it('adds a filter only when it is complete, and removes it', async () => {
  const { user, query } = await show({ query: { analysis: 'drift', model: 'flights' } });
  await user.click(screen.getByRole('button', { name: 'Add filter' }));
  await choose(user, 'New filter: label', 'environment');
  expect(query()).not.toHaveProperty('matchers');
  await choose(user, 'New filter: value', 'prod');
  expect(query().matchers).toEqual([{ label: 'environment', op: '=', value: 'prod' }]);
  await choose(user, 'Filter 1: condition', '!=');
  expect(query().matchers).toEqual([{ label: 'environment', op: '!=', value: 'prod' }]);
  await user.click(screen.getByRole('button', { name: 'Remove filter 1' }));
  expect(query()).not.toHaveProperty('matchers');
});

it('checks numbers against the schema, and lets a variable stand for one', async () => {
  const { user, query } = await show({ query: { analysis: 'calibration', model: 'flights' } });
  const bins = screen.getByRole('textbox', { name: 'Bins' });
  await user.type(bins, '-1{Enter}');
  expect(bins).toHaveAttribute('title', '-1 is too small: use at least 0');
  expect(query()).not.toHaveProperty('options');
  await user.clear(bins);
  await user.type(bins, '15{Enter}');
  expect(query().options).toEqual({ bins: 15 });
  await user.clear(screen.getByRole('textbox', { name: 'Bins' }));
  await user.type(screen.getByRole('textbox', { name: 'Bins' }), '$bins{Enter}');
  expect(query().options).toEqual({ bins: '$bins' });
});

it('keeps advanced options out of sight, but counts those that are set', async () => {
  const { user } = await show({ query: { analysis: 'drift', model: 'm', options: { bins: 10 } } });
  expect(screen.queryByLabelText(/^Most buckets/)).not.toBeInTheDocument();
  const more = screen.getByRole('button', { name: 'More options (1 set)' });
  await user.click(more);
  expect(more).toHaveAttribute('aria-expanded', 'true');
  expect(screen.getByRole('textbox', { name: 'Most buckets' })).toHaveValue('10');
});

it('keeps formats that alert rules cannot use from alert rules', async () => {
  await show({ query: { analysis: 'confusion_matrix', format: 'matrix', model: 'm' }, app: CoreApp.UnifiedAlerting });
  const formats = screen.getByRole('radiogroup');
  expect(within(formats).getAllByRole('radio')[0]).toBeDisabled();
  expect(screen.getByText(/An alert rule cannot use "Matrix"/)).toBeInTheDocument();
});

it('has an icon of Grafana for each analysis', () => {
  expect(registry.analyses.filter((a) => !isIconName(a.icon)).map((a) => `${a.name}: ${a.icon}`)).toEqual([]);
});

it('says what to do when the registry cannot be loaded', async () => {
  const datasource = testDatasource();
  datasource.getResource = jest.fn().mockRejectedValue({ data: { error: 'The server is down.' } });
  await show({ datasource });
  expect(screen.getByText(/The server is down\./)).toBeInTheDocument();
});

it('says that it does not know an analysis', async () => {
  await show({ query: { analysis: 'astrology' } });
  expect(screen.getByText('The analysis "astrology" is not known')).toBeInTheDocument();
});
