/** What the backend says of itself through its resources. */

export interface AnalysisFormat {
  name: string;
  title: string;
  /** Id of the core panel that draws it best. */
  panel: string;
  alerting: boolean;
}

export type OptionType = 'number' | 'integer' | 'boolean' | 'string' | 'enum' | 'strings' | 'duration';

export interface OptionSchema {
  name: string;
  type: OptionType;
  title: string;
  help: string;
  unit?: string;
  default?: string | number | boolean | string[] | null;
  min?: number;
  max?: number;
  enum?: Array<{ value: string; label: string; description?: string }>;
  /** Kind of values that are suggested. */
  values?: string;
  /** The formats it applies to; none means all. */
  formats?: string[];
  advanced?: boolean;
}

export interface Analysis {
  name: string;
  title: string;
  group: string;
  icon: string;
  summary: string;
  needs: string;
  docs: string;
  formats: AnalysisFormat[];
  groupBy: boolean;
  /** A query has to name a model. */
  needsModel?: boolean;
  baseline: 'none' | 'optional' | 'required';
  baselines?: string[];
  defaultBaseline?: { kind: string } & Record<string, string>;
  options: OptionSchema[];
  roles: Array<{ name: string; required: boolean }>;
}

export interface AnalysesResponse {
  queryVersion: number;
  analyses: Analysis[];
}

export type ValuesKind =
  | 'models'
  | 'versions'
  | 'features'
  | 'classes'
  | 'categories'
  | 'segments'
  | 'environments'
  | 'labels'
  | 'label_values';

export interface ValuesRequest {
  kind: string;
  model?: string | string[];
  version?: string | string[];
  feature?: string | string[];
  label?: string;
  search?: string;
  limit?: number;
  from?: number;
  to?: number;
}

export interface ValuesResponse {
  values: string[] | null;
  truncated: boolean;
}

export interface Profile {
  name: string;
  title: string;
  help: string;
  roles: Record<string, string>;
  labels: Record<string, string>;
}

export interface ProfilesResponse {
  profiles: Profile[];
  roles: Array<{ name: string; type: string; help: string }>;
  labels: Array<{ name: string; help: string }>;
}
