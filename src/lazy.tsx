import { LoadingPlaceholder } from '@grafana/ui';
import { type ComponentProps, lazy, Suspense } from 'react';

/*
 * The editors are only needed by people who edit. A dashboard that is merely
 * looked at loads module.js alone.
 */

const ConfigEditor = lazy(() => import(/* webpackChunkName: "config-editor" */ './config/ConfigEditor'));
const QueryEditor = lazy(() => import(/* webpackChunkName: "query-editor" */ './editor/QueryEditor'));
const VariableEditor = lazy(() => import(/* webpackChunkName: "variable-editor" */ './variables/VariableEditor'));

const waiting = <LoadingPlaceholder text="Loading editor…" />;

export function LazyConfigEditor(props: ComponentProps<typeof ConfigEditor>) {
  return (
    <Suspense fallback={waiting}>
      <ConfigEditor {...props} />
    </Suspense>
  );
}

export function LazyQueryEditor(props: ComponentProps<typeof QueryEditor>) {
  return (
    <Suspense fallback={waiting}>
      <QueryEditor {...props} />
    </Suspense>
  );
}

export function LazyVariableEditor(props: ComponentProps<typeof VariableEditor>) {
  return (
    <Suspense fallback={waiting}>
      <VariableEditor {...props} />
    </Suspense>
  );
}
