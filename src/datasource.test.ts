import { dateTime, type DataQueryRequest } from '@grafana/data';
import { lastValueFrom } from 'rxjs';

import { testDatasource } from './test/datasource';
import type { MLVariableSupport } from './variables/support';

const range = { from: dateTime(1000), to: dateTime(2000), raw: { from: 'now-1h', to: 'now' } };

it('runs only queries that name an analysis and are not hidden', () => {
  const datasource = testDatasource();
  expect(datasource.filterQuery({ refId: 'A' })).toBe(false);
  expect(datasource.filterQuery({ refId: 'A', analysis: 'drift', hide: true })).toBe(false);
  expect(datasource.filterQuery({ refId: 'A', analysis: 'drift' })).toBe(true);
});

it('replaces variables, and adds the ad hoc filters of the dashboard', () => {
  const datasource = testDatasource({ model: ['a', 'b'] });
  const query = datasource.applyTemplateVariables({ refId: 'A', analysis: 'roc', model: '$model' }, {}, [
    { key: 'env', operator: '=', value: 'prod' },
    { key: 'zone', operator: '=|', value: 'x', values: ['x', 'y'] },
  ]);
  expect(query.model).toEqual(['a', 'b']);
  expect(query.matchers).toEqual([
    { label: 'env', op: '=', value: 'prod' },
    { label: 'zone', op: '=', value: ['x', 'y'] },
  ]);
});

it('interpolates queries for Explore and names itself in them', () => {
  const [query] = testDatasource({ model: 'a' }).interpolateVariablesInQueries(
    [{ refId: 'A', analysis: 'roc', model: '$model' }],
    {}
  );
  expect(query).toMatchObject({ model: 'a', datasource: { uid: 'ml' } });
});

it('asks for the registry once', async () => {
  const datasource = testDatasource();
  await Promise.all([datasource.analyses(), datasource.analyses()]);
  expect(datasource.getResource).toHaveBeenCalledTimes(1);
});

it('asks for the registry again after a failure', async () => {
  const datasource = testDatasource();
  const answer = datasource.getResource;
  datasource.getResource = jest.fn().mockRejectedValueOnce(new Error('down'));
  await expect(datasource.analyses()).rejects.toThrow('down');
  datasource.getResource = answer;
  await expect(datasource.analyses()).resolves.toHaveProperty('analyses');
});

it('reads a registry in which Go has written empty lists as null', async () => {
  const datasource = testDatasource();
  datasource.getResource = jest.fn().mockResolvedValue({
    queryVersion: 1,
    analyses: [{ name: 'models', baseline: '', formats: null, options: null, roles: null }],
  });
  const { analyses } = await datasource.analyses();
  expect(analyses[0]).toMatchObject({ baseline: 'none', formats: [], options: [], roles: [] });
});

it('asks for values with the variables replaced and the time range', async () => {
  const datasource = testDatasource({ model: 'flights', all: '.*' });
  await datasource.values({ kind: 'features', model: '$model', version: '$all', search: '' }, range);
  expect(datasource.getResource).toHaveBeenCalledWith(
    'values',
    { kind: 'features', model: 'flights', limit: 200, from: 1000, to: 2000 },
    expect.anything()
  );
});

it('lists the values of a variable', async () => {
  const datasource = testDatasource();
  const support = datasource.variables as MLVariableSupport;
  const request = { targets: [{ refId: 'A', kind: 'versions' }], range, scopedVars: {} };
  const { data } = await lastValueFrom(support.query(request as unknown as DataQueryRequest<never>));
  expect(data).toEqual([
    { text: 'v1', value: 'v1' },
    { text: 'v2', value: 'v2' },
  ]);
});
