import type { ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

import type { Baseline, Matcher, MLQuery, OptionValue, Values } from '../types';

type Replacer = Pick<TemplateSrv, 'replace'>;

/** What a custom "All" value commonly is: it means any value, so it puts no condition. */
const ANYTHING = new Set(['.*', '.+', '$__all']);

/** More combinations than this of several variables in one text are no longer a choice. */
const MAX_COMBINATIONS = 1000;

/**
 * Replaces the variables in a query. Where the query model takes lists (model,
 * version, matcher values, lists in options), a variable with several values
 * becomes a list; the backend makes the regular expression and escapes it.
 */
export function interpolate(query: MLQuery, templates: Replacer, scopedVars?: ScopedVars): MLQuery {
  const text = (value: string) => templates.replace(value, scopedVars);
  const values = (value: Values) => interpolateValues(value, templates, scopedVars);
  const matchers = (list: Matcher[]) =>
    list.filter((m) => m.label !== '').flatMap((m) => interpolateMatcher(m, templates, scopedVars));

  const out: MLQuery = { ...query };
  if (query.model !== undefined) {
    out.model = values(query.model);
  }
  if (query.version !== undefined) {
    out.version = values(query.version);
  }
  if (query.matchers) {
    out.matchers = matchers(query.matchers);
  }
  if (query.groupBy) {
    out.groupBy = asList(values(query.groupBy));
  }
  if (query.window !== undefined) {
    out.window = text(query.window);
  }
  if (query.format !== undefined) {
    out.format = text(query.format);
  }
  if (query.baseline) {
    out.baseline = interpolateBaseline(query.baseline, text, values, matchers);
  }
  if (query.options) {
    out.options = Object.fromEntries(
      Object.entries(query.options).map(([name, value]) => [name, interpolateOption(value, text, values)])
    );
  }
  if (query.roles) {
    out.roles = Object.fromEntries(Object.entries(query.roles).map(([role, metric]) => [role, text(metric)]));
  }
  return out;
}

/**
 * Replaces variables in a value or in each value of a list. One value stays a
 * string; several become a list; a variable that stands for everything becomes
 * the empty string, which is no condition.
 */
export function interpolateValues(value: Values, templates: Replacer, scopedVars?: ScopedVars): Values {
  const each = (Array.isArray(value) ? value : [value]).map((v) => combinations(v, templates, scopedVars));
  if (each.some((list) => list.some((v) => ANYTHING.has(v)))) {
    return '';
  }
  const all = [...new Set(each.flat())].filter((v) => v !== '');
  if (Array.isArray(value) || all.length > 1) {
    return all;
  }
  return all[0] ?? '';
}

/** The texts that a text with variables stands for: one per combination of their values. */
function combinations(text: string, templates: Replacer, scopedVars?: ScopedVars): string[] {
  if (!text.includes('$') && !text.includes('[[')) {
    return [text];
  }
  const found: string[][] = [];
  // A private-use character cannot be part of a value that a person typed.
  const marked = templates.replace(text, scopedVars, (value: string | string[]) => {
    found.push(Array.isArray(value) ? value.map(String) : [String(value)]);
    return `\uE000${found.length - 1}\uE000`;
  });
  let results = [''];
  marked.split('\uE000').forEach((part, i) => {
    const choices = i % 2 === 1 ? (found[Number(part)] ?? ['']) : [part];
    results = results.flatMap((head) => choices.map((tail) => head + tail)).slice(0, MAX_COMBINATIONS);
  });
  return results;
}

function interpolateMatcher(matcher: Matcher, templates: Replacer, scopedVars?: ScopedVars): Matcher[] {
  const label = templates.replace(matcher.label, scopedVars);
  if (matcher.op === '=' || matcher.op === '!=') {
    const value = interpolateValues(matcher.value, templates, scopedVars);
    const everything = value === '' && asList(matcher.value).some((v) => v !== '');
    if (everything && matcher.op === '=') {
      return [];
    }
    return [everything ? { label, op: '!~', value: '.+' } : { ...matcher, label, value }];
  }
  const regex = (value: string) =>
    templates.replace(value, scopedVars, (chosen: string | string[]) => {
      const escaped = (Array.isArray(chosen) ? chosen : [chosen]).map((v) => escapeRegex(String(v)));
      return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
    });
  const value = Array.isArray(matcher.value) ? matcher.value.map(regex) : regex(matcher.value);
  return [{ ...matcher, label, value }];
}

/**
 * The kind may be a variable, too: a dashboard's choice of what is normal. So the
 * fields of every kind are filled in, and the backend reads those of the kind
 * that was chosen.
 */
function interpolateBaseline(
  baseline: Baseline,
  text: (v: string) => string,
  values: (v: Values) => Values,
  matchers: (list: Matcher[]) => Matcher[]
): Baseline {
  const { kind, offset, width, from, to, reference, version, matchers: others }: BaselineFields = baseline;
  return {
    kind: text(kind),
    ...(offset !== undefined && { offset: text(offset) }),
    ...(width !== undefined && { width: text(width) }),
    ...(from !== undefined && { from: text(String(from)) }),
    ...(to !== undefined && { to: text(String(to)) }),
    ...(reference !== undefined && { reference: text(reference) }),
    ...(version !== undefined && { version: values(version) }),
    ...(others && { matchers: matchers(others) }),
  } as Baseline;
}

/** The fields of all kinds of baseline. */
interface BaselineFields {
  kind: string;
  offset?: string;
  width?: string;
  from?: string | number;
  to?: string | number;
  reference?: string;
  version?: Values;
  matchers?: Matcher[];
}

function interpolateOption(
  value: OptionValue,
  text: (v: string) => string,
  values: (v: Values) => Values
): OptionValue {
  if (Array.isArray(value)) {
    return asList(values(value));
  }
  if (typeof value !== 'string') {
    return value;
  }
  const filled = text(value);
  return ANYTHING.has(filled) ? '' : filled;
}

function asList(value: Values): string[] {
  return Array.isArray(value) ? value : value === '' ? [] : [value];
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
