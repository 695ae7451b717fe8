import { baselineInWords, queryInWords, windowInWords } from './words';

it('tells a query in one line', () => {
  expect(
    queryInWords({
      refId: 'A',
      analysis: 'confusion_matrix',
      format: 'matrix',
      model: ['fraud', 'credit'],
      version: 'v3',
      matchers: [{ label: 'env', op: '=', value: 'prod' }],
      groupBy: ['segment'],
      window: '1h',
      baseline: { kind: 'offset', offset: '7d' },
    })
  ).toBe(
    'confusion matrix (matrix) of fraud, credit v3 where env="prod" by segment over 1h against the same windows 7d earlier'
  );
});

it('says nothing of a query without an analysis', () => {
  expect(queryInWords({ refId: 'A' })).toBe('');
});

it('says what the automatic window means for the format', () => {
  expect(windowInWords('auto', true)).toBe('each step of the panel');
  expect(windowInWords('auto', false)).toBe('the whole time range');
  expect(windowInWords('6h', false)).toBe('the last 6h');
});

it.each([
  [{ kind: 'preceding' as const, width: '7d' }, 'the 7d before each window'],
  [{ kind: 'period' as const, from: 'now-14d', to: 'now-7d' }, 'the fixed period from now-14d to now-7d'],
  [{ kind: 'reference' as const }, 'the reference that ships with the model'],
  [{ kind: 'version' as const, version: 'v2' }, 'version v2 over the same windows'],
])('tells the baseline %j', (baseline, expected) => {
  expect(baselineInWords(baseline)).toBe(expected);
});

it('names the variable that chooses the kind of baseline', () => {
  expect(baselineInWords({ kind: '$baseline' } as never)).toBe('what $baseline chooses');
});
