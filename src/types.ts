import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';

/** The version of the query model that this frontend writes. */
export const QUERY_VERSION = 1;

/** A chosen value, or several of them, as a multi-value variable gives. */
export type Values = string | string[];

export const MATCHER_OPERATORS = ['=', '!=', '=~', '!~'] as const;
export type MatcherOperator = (typeof MATCHER_OPERATORS)[number];

export interface Matcher {
  label: string;
  op: MatcherOperator;
  value: Values;
}

/** What the current windows are compared with. */
export type Baseline =
  | { kind: 'offset'; offset: string }
  | { kind: 'preceding'; width?: string }
  | { kind: 'period'; from: string; to: string }
  | { kind: 'reference'; reference?: string }
  | { kind: 'version'; version?: Values; matchers?: Matcher[] };

export type BaselineKind = Baseline['kind'];

export type OptionValue = string | number | boolean | string[];

export interface MLQuery extends DataQuery {
  queryVersion?: number;
  analysis?: string;
  model?: Values;
  version?: Values;
  matchers?: Matcher[];
  groupBy?: string[];
  /** "auto" (the panel's step), "range" (the whole time range) or a duration. */
  window?: string;
  format?: string;
  baseline?: Baseline;
  options?: Record<string, OptionValue>;
  /** Metrics that replace the profile's for this query, by role. */
  roles?: Record<string, string>;
}

/** The data source's settings, beside those that Grafana's own components write. */
export interface MLSettings extends DataSourceJsonData {
  httpMethod?: 'POST' | 'GET';
  timeout?: number;
  profile?: string;
  roles?: Record<string, string>;
  labels?: Record<string, string>;
  enforcedMatchers?: Matcher[];
  maxSeries?: number;
  maxResponseMegabytes?: number;
  maxWindows?: number;
  cacheMegabytes?: number;
}

/** The question behind a dashboard variable: which values of which kind. */
export interface VariableQuery extends DataQuery {
  kind: string;
  model?: string;
  version?: string;
  feature?: string;
  label?: string;
}
