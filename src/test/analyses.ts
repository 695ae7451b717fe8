import analyses from '../../tests/browser/fixtures/analyses.json';
import profiles from '../../tests/browser/fixtures/profiles.json';
import values from '../../tests/browser/fixtures/values.json';
import type { AnalysesResponse, ProfilesResponse } from '../resources/schema';

/** What the backend answers, as the browser test serves it too. */
export const registry = analyses as unknown as AnalysesResponse;
export const profilesAnswer = profiles as unknown as ProfilesResponse;
export const knownValues: Record<string, string[]> = values;
