// Package classify computes the quality of a classifier from counts: rates and agreement from a confusion matrix,
// ranking quality from histograms of the score per true class.
//
// Counts may be fractional. Every value carries an interval from its number of outcomes; what is computed from score
// buckets also carries hard bounds, between which the value from the single rows lies, whatever they are.
package classify
