// Package histogram holds a histogram's counts and edges, whatever kind of
// Prometheus histogram they came from, and the algebra on them: merging,
// coarsening, distribution function, quantiles, moments, and hard bounds.
package histogram
