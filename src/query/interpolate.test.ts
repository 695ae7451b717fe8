import { templatesWith } from '../test/datasource';
import type { MLQuery } from '../types';
import { interpolate, interpolateValues } from './interpolate';

const templates = templatesWith({
  one: 'fraud',
  many: ['fraud', 'credit.v2'],
  regions: ['eu', 'us'],
  all: '.*',
  days: '14d',
  limit: '0.25',
});

describe('values', () => {
  it.each([
    ['a plain value stays as it is', 'fraud', 'fraud'],
    ['a single value stays a string', '$one', 'fraud'],
    ['several values become a list, unescaped', '$many', ['fraud', 'credit.v2']],
    [
      'variables within a text are combined',
      '${many}-$regions',
      ['fraud-eu', 'fraud-us', 'credit.v2-eu', 'credit.v2-us'],
    ],
    ['a custom value for everything is no condition', '$all', ''],
    ['a list is flattened', ['$regions', 'asia'], ['eu', 'us', 'asia']],
    ['an unknown variable is left for the backend to name', '$unknown', '$unknown'],
  ])('%s', (_name, value, expected) => {
    expect(interpolateValues(value, templates)).toEqual(expected);
  });
});

describe('queries', () => {
  const query: MLQuery = {
    refId: 'A',
    analysis: 'drift',
    model: '$many',
    version: '$all',
    matchers: [
      { label: 'region', op: '=', value: '$regions' },
      { label: 'team', op: '=', value: '$all' },
      { label: 'segment', op: '!=', value: '$all' },
      { label: 'name', op: '=~', value: '$many.*' },
      { label: 'absent', op: '=', value: '' },
      { label: '', op: '=', value: 'half made' },
    ],
    baseline: { kind: 'offset', offset: '$days' },
    options: { tolerated: '$limit', features: ['$regions', 'age'], interval: true, top: 5 },
    roles: { score: '${one}_score' },
    window: '$days',
  };

  it('fills every field that can hold a variable', () => {
    expect(interpolate(query, templates)).toEqual({
      refId: 'A',
      analysis: 'drift',
      model: ['fraud', 'credit.v2'],
      version: '',
      matchers: [
        { label: 'region', op: '=', value: ['eu', 'us'] },
        { label: 'segment', op: '!~', value: '.+' },
        { label: 'name', op: '=~', value: '(fraud|credit\\.v2).*' },
        { label: 'absent', op: '=', value: '' },
      ],
      baseline: { kind: 'offset', offset: '14d' },
      options: { tolerated: '0.25', features: ['eu', 'us', 'age'], interval: true, top: 5 },
      roles: { score: 'fraud_score' },
      window: '14d',
    });
  });

  it('leaves the query it was given alone', () => {
    const before = JSON.parse(JSON.stringify(query));
    interpolate(query, templates);
    expect(query).toEqual(before);
  });

  it('fills the versions and filters of a baseline', () => {
    const baseline = {
      kind: 'version' as const,
      version: '$many',
      matchers: [{ label: 'r', op: '=' as const, value: '$one' }],
    };
    expect(interpolate({ refId: 'A', baseline }, templates).baseline).toEqual({
      kind: 'version',
      version: ['fraud', 'credit.v2'],
      matchers: [{ label: 'r', op: '=', value: 'fraud' }],
    });
  });

  it('lets a variable choose the kind of baseline', () => {
    const baseline = { kind: '$one', offset: '$days' } as unknown as MLQuery['baseline'];
    expect(interpolate({ refId: 'A', baseline }, templates).baseline).toEqual({ kind: 'fraud', offset: '14d' });
  });

  it('leaves a text option empty for a variable that stands for everything', () => {
    expect(interpolate({ refId: 'A', options: { class: '$all' } }, templates).options).toEqual({ class: '' });
  });
});
