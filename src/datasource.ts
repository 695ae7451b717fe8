import type {
  AdHocVariableFilter,
  AnnotationSupport,
  DataSourceInstanceSettings,
  ScopedVars,
  TimeRange,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv, type TemplateSrv } from '@grafana/runtime';

import { defaultQuery } from './query/change';
import { interpolate, interpolateValues } from './query/interpolate';
import { queryInWords } from './query/words';
import type { AnalysesResponse, ValuesRequest, ValuesResponse } from './resources/schema';
import type { Matcher, MLQuery, MLSettings } from './types';
import { MLVariableSupport } from './variables/support';

/** How many values a picker asks for at once; the server filters the rest. */
const VALUES_LIMIT = 200;

export class DataSource extends DataSourceWithBackend<MLQuery, MLSettings> {
  override annotations: AnnotationSupport<MLQuery> = {};

  private analysesOnce?: Promise<AnalysesResponse>;

  constructor(
    settings: DataSourceInstanceSettings<MLSettings>,
    private readonly templates: TemplateSrv = getTemplateSrv()
  ) {
    super(settings);
    this.variables = new MLVariableSupport(this);
  }

  override getDefaultQuery(app?: string): Partial<MLQuery> {
    return defaultQuery(app);
  }

  override filterQuery(query: MLQuery): boolean {
    return !query.hide && Boolean(query.analysis);
  }

  override applyTemplateVariables(query: MLQuery, scopedVars: ScopedVars, filters?: AdHocVariableFilter[]): MLQuery {
    const filtered = filters?.length ? withFilters(query, filters) : query;
    return interpolate(filtered, this.templates, scopedVars);
  }

  override interpolateVariablesInQueries(
    queries: MLQuery[],
    scopedVars: ScopedVars,
    filters?: AdHocVariableFilter[]
  ): MLQuery[] {
    return queries.map((query) => ({
      ...this.applyTemplateVariables(query, scopedVars, filters),
      datasource: this.getRef(),
    }));
  }

  override getQueryDisplayText(query: MLQuery): string {
    return queryInWords(query);
  }

  /** The names of the dashboard's variables, as they are written in a query. */
  variableNames(): string[] {
    return this.templates.getVariables().map((v) => `$${v.name}`);
  }

  /** The registry of analyses; asked for once, and again after a failure. */
  analyses(): Promise<AnalysesResponse> {
    this.analysesOnce ??= this.getResource<AnalysesResponse>('analyses', undefined, { showErrorAlert: false }).then(
      withoutNulls,
      (error: unknown) => {
        this.analysesOnce = undefined;
        throw error;
      }
    );
    return this.analysesOnce;
  }

  /** Values to choose from, as the server knows them; variables in the request are replaced. */
  async values(request: ValuesRequest, range?: TimeRange, scopedVars?: ScopedVars): Promise<ValuesResponse> {
    const params: Record<string, unknown> = { limit: VALUES_LIMIT };
    for (const [name, value] of Object.entries(request)) {
      const filled =
        typeof value === 'string' || Array.isArray(value)
          ? interpolateValues(value, this.templates, scopedVars)
          : value;
      if (filled !== undefined && filled !== '') {
        params[name] = filled;
      }
    }
    if (range) {
      params.from = range.from.valueOf();
      params.to = range.to.valueOf();
    }
    return this.getResource<ValuesResponse>('values', params, { showErrorAlert: false });
  }
}

/** Go writes an empty list as null. */
function withoutNulls(response: AnalysesResponse): AnalysesResponse {
  const analyses = (response.analyses ?? []).map((a) => ({
    ...a,
    baseline: a.baseline || ('none' as const),
    formats: a.formats ?? [],
    options: a.options ?? [],
    roles: a.roles ?? [],
  }));
  return { ...response, analyses };
}

/** Ad hoc filters of a dashboard are conditions like any other. */
function withFilters(query: MLQuery, filters: AdHocVariableFilter[]): MLQuery {
  const added = filters.flatMap(({ key, operator, value, values }): Matcher[] => {
    switch (operator) {
      case '=':
      case '!=':
      case '=~':
      case '!~':
        return [{ label: key, op: operator, value }];
      case '=|':
        return [{ label: key, op: '=', value: values ?? [value] }];
      case '!=|':
        return [{ label: key, op: '!=', value: values ?? [value] }];
      default:
        return [];
    }
  });
  return { ...query, matchers: [...(query.matchers ?? []), ...added] };
}
