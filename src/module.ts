import { DataSourcePlugin } from '@grafana/data';

import { DataSource } from './datasource';
import { LazyConfigEditor, LazyQueryEditor } from './lazy';
import type { MLQuery, MLSettings } from './types';

export const plugin = new DataSourcePlugin<DataSource, MLQuery, MLSettings>(DataSource)
  .setConfigEditor(LazyConfigEditor)
  .setQueryEditor(LazyQueryEditor);
