import { CoreApp } from '@grafana/data';

import type { Analysis } from '../resources/schema';
import { registry } from '../test/analyses';
import type { MLQuery } from '../types';
import { defaultQuery, withAnalysis, withOption } from './change';

const analysis = (name: string): Analysis => {
  const found = registry.analyses.find((a) => a.name === name);
  if (!found) {
    throw new Error(`the fixture lacks ${name}`);
  }
  return found;
};
const base: MLQuery = { refId: 'A', analysis: 'drift', model: 'flights', window: '1h' };

describe('the default query', () => {
  it('lists the models', () => {
    expect(defaultQuery(CoreApp.Explore)).toMatchObject({ analysis: 'models', format: 'table' });
  });

  it('can be evaluated in an alert rule', () => {
    const { analysis: name, format } = defaultQuery(CoreApp.UnifiedAlerting);
    expect(analysis(name ?? '').formats.find((f) => f.name === format)?.alerting).toBe(true);
  });
});

describe('switching the analysis', () => {
  it('keeps what both understand and drops the rest', () => {
    const query: MLQuery = {
      ...base,
      version: 'v2',
      matchers: [{ label: 'env', op: '=', value: 'prod' }],
      baseline: { kind: 'reference' },
      options: { method: 'ks', confidence: 0.9, features: ['a'] },
    };
    expect(withAnalysis(query, analysis('confusion_matrix'), analysis('drift'))).toEqual({
      refId: 'A',
      queryVersion: 1,
      analysis: 'confusion_matrix',
      format: 'matrix',
      model: 'flights',
      version: 'v2',
      matchers: [{ label: 'env', op: '=', value: 'prod' }],
      window: '1h',
      options: { confidence: 0.9 },
    });
  });

  it('brings the required baseline with it', () => {
    expect(withAnalysis({ ...base, analysis: 'roc' }, analysis('drift'), analysis('roc')).baseline).toEqual(
      analysis('drift').defaultBaseline
    );
  });

  it('keeps a baseline that was chosen', () => {
    const baseline = { kind: 'preceding' as const, width: '7d' };
    expect(withAnalysis({ ...base, baseline }, analysis('distribution')).baseline).toEqual(baseline);
  });

  it('takes the default format unless another was chosen', () => {
    const models = analysis('models');
    expect(withAnalysis({ ...base, format: 'table' }, analysis('drift'), models).format).toBe('heatmap');
    expect(withAnalysis({ ...base, format: 'numbers' }, analysis('drift'), models).format).toBe('numbers');
  });

  it.each(registry.analyses.map((a) => [a.name, a]))('takes a format fit for alert rules: %s', (_name, next) => {
    const { format } = withAnalysis(base, next, undefined, CoreApp.UnifiedAlerting);
    const fit = next.formats.filter((f) => f.alerting).map((f) => f.name);
    expect(fit.length === 0 || fit.includes(format ?? '')).toBe(true);
  });
});

describe('options', () => {
  it('are set and taken away', () => {
    const set = withOption(base, 'top', 5);
    expect(set.options).toEqual({ top: 5 });
    expect(withOption(set, 'top', undefined)).not.toHaveProperty('options');
  });
});
