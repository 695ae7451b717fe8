import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse } from '@grafana/data';
import { from, map, type Observable, of } from 'rxjs';

import type { DataSource } from '../datasource';
import { LazyVariableEditor } from '../lazy';
import type { ValuesRequest } from '../resources/schema';
import type { MLQuery, VariableQuery } from '../types';

/** Variables take what the editors' pickers take. A drop-down of more would be no choice. */
const LIMIT = 10_000;

/** Kinds of which nothing can be listed before a label is chosen. */
const NEEDS_LABEL = new Set(['segments', 'label_values']);

export class MLVariableSupport extends CustomVariableSupport<DataSource, VariableQuery, MLQuery> {
  editor = LazyVariableEditor;

  constructor(private readonly datasource: DataSource) {
    super();
  }

  override getDefaultQuery(): Partial<VariableQuery> {
    return { kind: 'models' };
  }

  query(request: DataQueryRequest<VariableQuery>): Observable<DataQueryResponse> {
    const target = request.targets[0];
    if (!target?.kind || (NEEDS_LABEL.has(target.kind) && !target.label)) {
      return of({ data: [] });
    }
    const { kind, model, version, feature, label } = target;
    const asked: ValuesRequest = { kind, model, version, feature, label, limit: LIMIT };
    return from(this.datasource.values(asked, request.range, request.scopedVars)).pipe(
      map(({ values }) => ({ data: (values ?? []).map((value) => ({ text: value, value })) }))
    );
  }
}
