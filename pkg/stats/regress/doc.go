// Package regress computes the quality of a regression model from counters of
// its errors and a histogram of its residuals (actual − predicted).
//
// Where a counter is missing, the residuals' buckets give hard bounds instead of
// an exact value. Intervals need the variance of what is averaged: that of the
// residuals and of their absolute values follows exactly from counters, that of
// their squares from the buckets; where it is not known there is no interval,
// and a reason.
package regress
