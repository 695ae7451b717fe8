// Package drift compares two vectors of counts, a reference and a current one:
// distances and tests with their sampling intervals, hard binning bounds, noise
// floors, verdicts, and false discovery rates across many features.
package drift
