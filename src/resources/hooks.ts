import { useEffect, useState } from 'react';

/** What a promise has come to. */
export interface Loaded<T> {
  value?: T;
  error?: string;
  loading: boolean;
}

/** Awaits a promise for as long as the component shows it; ask must be stable. */
export function useLoaded<T>(ask: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ ask: () => Promise<T>; loaded: Loaded<T> }>();
  useEffect(() => {
    let current = true;
    ask().then(
      (value) => current && setState({ ask, loaded: { value, loading: false } }),
      (error: unknown) => current && setState({ ask, loaded: { error: messageOf(error), loading: false } })
    );
    return () => {
      current = false;
    };
  }, [ask]);
  return state?.ask === ask ? state.loaded : { loading: true };
}

/** The sentence in an error, wherever Grafana's request service or the backend has put it. */
export function messageOf(error: unknown): string {
  if (error && typeof error === 'object') {
    const { data, message, statusText } = error as {
      data?: { error?: string; message?: string };
      message?: string;
      statusText?: string;
    };
    return data?.error || data?.message || message || statusText || 'The request failed.';
  }
  return typeof error === 'string' && error !== '' ? error : 'The request failed.';
}
