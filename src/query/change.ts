import { CoreApp } from '@grafana/data';

import type { Analysis, AnalysisFormat, OptionSchema } from '../resources/schema';
import { type Baseline, type BaselineKind, type MLQuery, type OptionValue, QUERY_VERSION } from '../types';

const ALERTING_APPS: string[] = [CoreApp.UnifiedAlerting, CoreApp.CloudAlerting];

/** Tells whether the query belongs to an alert rule. */
export function isAlerting(app?: string): boolean {
  return app !== undefined && ALERTING_APPS.includes(app);
}

/** A first query that draws on any server: the inventory of models. */
export function defaultQuery(app?: string): Partial<MLQuery> {
  return {
    queryVersion: QUERY_VERSION,
    analysis: 'models',
    format: isAlerting(app) ? 'numbers' : 'table',
    window: 'auto',
  };
}

/** The format that a query has: its own if the analysis knows it, or the analysis's default. */
export function formatOf(query: MLQuery, analysis: Analysis): AnalysisFormat | undefined {
  return analysis.formats.find((f) => f.name === query.format) ?? analysis.formats[0];
}

/** The options that matter to a format. */
export function optionsOf(analysis: Analysis, format?: string): OptionSchema[] {
  return analysis.options.filter((o) => !o.formats?.length || format === undefined || o.formats.includes(format));
}

/**
 * Switches a query to another analysis. What both understand stays: model, version,
 * matchers, window, and options of the same name and type. The rest goes, since the
 * backend refuses fields that an analysis does not read.
 */
export function withAnalysis(query: MLQuery, analysis: Analysis, before?: Analysis, app?: string): MLQuery {
  const fit = isAlerting(app) ? analysis.formats.filter((f) => f.alerting) : analysis.formats;
  // A format that the author chose is kept; one that merely was the default is not.
  const chosen = query.format !== before?.formats[0]?.name ? query.format : undefined;
  const format = fit.find((f) => f.name === chosen) ?? fit[0] ?? analysis.formats[0];
  const next: MLQuery = {
    ...query,
    queryVersion: QUERY_VERSION,
    analysis: analysis.name,
    format: format?.name,
    options: keepOptions(query.options, analysis, before),
    baseline: keepBaseline(query.baseline, analysis),
    groupBy: analysis.groupBy ? query.groupBy : undefined,
    roles: keepRoles(query.roles, analysis),
  };
  return withoutEmpty(next);
}

function keepOptions(options: MLQuery['options'], analysis: Analysis, before?: Analysis): MLQuery['options'] {
  const kept: Record<string, OptionValue> = {};
  for (const [name, value] of Object.entries(options ?? {})) {
    const schema = analysis.options.find((o) => o.name === name);
    const old = before?.options.find((o) => o.name === name);
    if (!schema || (old && old.type !== schema.type)) {
      continue;
    }
    if (schema.type === 'enum' && !schema.enum?.some((e) => e.value === value)) {
      continue;
    }
    kept[name] = value;
  }
  return kept;
}

function keepBaseline(baseline: Baseline | undefined, analysis: Analysis): Baseline | undefined {
  if (analysis.baseline === 'none') {
    return undefined;
  }
  if (baseline && (!analysis.baselines?.length || analysis.baselines.includes(baseline.kind))) {
    return baseline;
  }
  return analysis.baseline === 'required' ? firstBaseline(analysis) : undefined;
}

function keepRoles(roles: MLQuery['roles'], analysis: Analysis): MLQuery['roles'] {
  return Object.fromEntries(
    Object.entries(roles ?? {}).filter(([name]) => analysis.roles.some((r) => r.name === name))
  );
}

/** The baseline that an analysis starts with when one is wanted. */
export function firstBaseline(analysis: Analysis): Baseline {
  if (analysis.defaultBaseline) {
    return analysis.defaultBaseline as unknown as Baseline;
  }
  return newBaseline((analysis.baselines?.[0] as BaselineKind | undefined) ?? 'offset');
}

/** A baseline of a kind, filled in so that it works at once. */
export function newBaseline(kind: BaselineKind): Baseline {
  switch (kind) {
    case 'offset':
      return { kind, offset: '7d' };
    case 'preceding':
      return { kind };
    case 'period':
      return { kind, from: 'now-14d', to: 'now-7d' };
    case 'reference':
      return { kind };
    case 'version':
      return { kind };
  }
}

/** Sets one option; undefined takes it away, so that the default holds. */
export function withOption(query: MLQuery, name: string, value: OptionValue | undefined): MLQuery {
  const others = Object.entries(query.options ?? {}).filter(([other]) => other !== name);
  const options = Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
  return withoutEmpty({ ...query, options });
}

const MAY_BE_ABSENT = new Set(['model', 'version', 'matchers', 'groupBy', 'baseline', 'options', 'roles', 'format']);

/** Drops fields that say nothing, so that saved dashboards stay readable. */
export function withoutEmpty(query: MLQuery): MLQuery {
  return Object.fromEntries(
    Object.entries(query).filter(([field, value]) => !MAY_BE_ABSENT.has(field) || !isEmpty(value))
  ) as unknown as MLQuery;
}

function isEmpty(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}
