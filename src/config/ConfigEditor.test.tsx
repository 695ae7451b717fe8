import type { DataSourceSettings } from '@grafana/data';
import { type BackendSrv, setBackendSrv } from '@grafana/runtime';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';

import { profilesAnswer } from '../test/analyses';
import type { MLSettings } from '../types';
import ConfigEditor from './ConfigEditor';

const get = jest.fn();
setBackendSrv({ get } as unknown as BackendSrv);

beforeEach(() => get.mockReset().mockResolvedValue(profilesAnswer));

async function show(jsonData: MLSettings = {}, readOnly = false) {
  let current = {
    id: 1,
    uid: 'ml',
    url: '',
    jsonData,
    secureJsonFields: {},
    readOnly,
    access: 'proxy',
  } as unknown as DataSourceSettings<MLSettings>;
  function Page() {
    const [options, setOptions] = useState(current);
    return (
      <ConfigEditor
        options={options}
        onOptionsChange={(next) => {
          current = next;
          setOptions(next);
        }}
      />
    );
  }
  await act(async () => {
    render(<Page />);
  });
  return { user: userEvent.setup({ delay: null, pointerEventsCheck: 0 }), options: () => current };
}

const section = (title: string) => screen.getByRole('button', { name: `Expand section ${title}` });

it('takes the address of the server', async () => {
  const { user, options } = await show();
  await user.type(screen.getByLabelText('Data source connection URL'), 'http://prometheus:9090');
  expect(options().url).toBe('http://prometheus:9090');
});

it('chooses a profile of those the backend has', async () => {
  const { user, options } = await show();
  await user.click(screen.getByRole('combobox', { name: 'Profile' }));
  await user.click(await screen.findByRole('option', { name: /MLServer/ }));
  expect(options().jsonData.profile).toBe('mlserver');
  expect(get.mock.calls[0][0]).toBe('/api/datasources/uid/ml/resources/profiles');
});

it("maps one's own metric and label names, and takes a mapping away", async () => {
  const { user, options } = await show({ roles: { score: 'm' } });
  const score = screen.getByRole('textbox', { name: 'Score metric' });
  await user.clear(score);
  expect(options().jsonData.roles).toBeUndefined();
  await user.type(score, 'x');
  expect(options().jsonData.roles).toEqual({ score: 'x' });
  await user.click(section('Labels of your own'));
  const model = screen.getByRole('textbox', { name: 'Model label' });
  expect(model).toHaveAttribute('placeholder', 'model');
  await user.type(model, 'n');
  expect(options().jsonData.labels).toEqual({ model: 'n' });
});

it('sets method and limits as numbers, and leaves out what is emptied', async () => {
  const { user, options } = await show({ maxWindows: 5 });
  await user.click(section('Advanced settings'));
  await user.click(screen.getByRole('radio', { name: 'GET' }));
  await user.type(screen.getByLabelText('Most series per request'), '42');
  await user.type(screen.getByLabelText('Cache'), '0');
  await user.clear(screen.getByLabelText('Most windows per query'));
  await user.type(screen.getByLabelText('Timeout'), '4');
  await user.clear(screen.getByLabelText('Timeout'));
  expect(JSON.parse(JSON.stringify(options().jsonData))).toEqual({
    httpMethod: 'GET',
    maxSeries: 42,
    cacheMegabytes: 0,
  });
});

it('offers to load the presets again when they are not there', async () => {
  get.mockRejectedValueOnce({ data: { message: 'plugin unavailable' } });
  const { user } = await show();
  expect(screen.getByText(/plugin unavailable/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Load presets' }));
  expect(await screen.findByText(profilesAnswer.profiles[0]?.help ?? '')).toBeInTheDocument();
});

it('cannot be edited when it is provisioned', async () => {
  const { user } = await show({ enforcedMatchers: [{ label: 'team', op: '=', value: 'risk' }] }, true);
  await user.click(section('Advanced settings'));
  expect(screen.getByRole('combobox', { name: 'Profile' })).toBeDisabled();
  expect(screen.getByLabelText('Most series per request')).toBeDisabled();
  expect(screen.getByRole('combobox', { name: 'Enforced filter 1: label' })).toBeDisabled();
  expect(screen.queryByRole('button', { name: 'Add enforced filter' })).not.toBeInTheDocument();
});
