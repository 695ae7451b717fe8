import type { Baseline, Matcher, MLQuery, Values } from '../types';

/** Values as a person lists them. */
export function listed(values: Values | undefined): string {
  return Array.isArray(values) ? values.join(', ') : (values ?? '');
}

function matchersInWords(matchers: Matcher[] | undefined): string {
  return (matchers ?? [])
    .filter((m) => m.label)
    .map((m) => `${m.label}${m.op}${JSON.stringify(listed(m.value))}`)
    .join(', ');
}

/** A window in words; timeLike is true for answers that have points over time. */
export function windowInWords(window: string | undefined, timeLike: boolean): string {
  if (!window || window === 'auto') {
    return timeLike ? 'each step of the panel' : 'the whole time range';
  }
  if (window === 'range') {
    return 'the whole time range';
  }
  return timeLike ? `${window} up to each point` : `the last ${window}`;
}

/** A baseline in words, to be read after "against". */
export function baselineInWords(baseline: Baseline): string {
  switch (baseline.kind) {
    case 'offset':
      return `the same windows ${baseline.offset || '…'} earlier`;
    case 'preceding':
      return baseline.width
        ? `the ${baseline.width} before each window`
        : 'the stretch just before, as long as the window';
    case 'period':
      return `the fixed period from ${baseline.from || '…'} to ${baseline.to || '…'}`;
    case 'reference':
      return baseline.reference ? `the reference ${baseline.reference}` : 'the reference that ships with the model';
    case 'version': {
      const parts = [
        baseline.version?.length ? `version ${listed(baseline.version)}` : '',
        matchersInWords(baseline.matchers),
      ].filter(Boolean);
      return parts.length ? `${parts.join(', ')} over the same windows` : 'another version (choose one)';
    }
    default:
      // A variable of the dashboard chooses the kind.
      return `what ${(baseline as { kind: string }).kind} chooses`;
  }
}

/** One line that tells a query apart from its neighbours: for history and collapsed rows. */
export function queryInWords(query: MLQuery): string {
  if (!query.analysis) {
    return '';
  }
  const parts = [query.analysis.replaceAll('_', ' ')];
  if (query.format) {
    parts[0] += ` (${query.format})`;
  }
  const of = [listed(query.model), listed(query.version)].filter(Boolean).join(' ');
  if (of) {
    parts.push(`of ${of}`);
  }
  const matchers = matchersInWords(query.matchers);
  if (matchers) {
    parts.push(`where ${matchers}`);
  }
  if (query.groupBy?.length) {
    parts.push(`by ${query.groupBy.join(', ')}`);
  }
  if (query.window && query.window !== 'auto') {
    parts.push(`over ${query.window}`);
  }
  if (query.baseline) {
    parts.push(`against ${baselineInWords(query.baseline)}`);
  }
  return parts.join(' ');
}
