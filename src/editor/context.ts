import type { TimeRange } from '@grafana/data';
import { createContext, useContext, useMemo } from 'react';

import type { DataSource } from '../datasource';
import type { MLQuery } from '../types';
import { type Suggest, suggestFrom } from './Pickers';

/** What the parts of the query editor share. */
export interface Editing {
  datasource: DataSource;
  query: MLQuery;
  range?: TimeRange;
  variables: string[];
  /** Takes the changed query and runs it. */
  change: (query: MLQuery) => void;
}

export const EditingContext = createContext<Editing | undefined>(undefined);

export function useEditing(): Editing {
  const editing = useContext(EditingContext);
  if (!editing) {
    throw new Error('The parts of the query editor need its context.');
  }
  return editing;
}

/** Suggestions of a kind, narrowed to the query's model and version. */
export function useSuggest(kind: string, label?: string): Suggest {
  const { datasource, query, range } = useEditing();
  const { model, version } = query;
  const feature = kind === 'categories' ? featureOf(query) : undefined;
  return useMemo(
    () =>
      suggestFrom(
        datasource,
        kind,
        {
          model: kind === 'models' ? undefined : model,
          version: kind === 'models' || kind === 'versions' ? undefined : version,
          feature,
          label,
        },
        range
      ),
    [datasource, kind, model, version, feature, label, range]
  );
}

function featureOf(query: MLQuery): string | string[] | undefined {
  const chosen = query.options?.feature ?? query.options?.features;
  return typeof chosen === 'string' || Array.isArray(chosen) ? chosen : undefined;
}
