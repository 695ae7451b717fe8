// Package calibrate judges predicted probabilities by the outcomes, from score histograms of the positives and the
// negatives (classify.Binned): reliability, calibration errors, Brier score, log loss and tests.
//
// Scores are probabilities, so the outer edges count as 0 and 1. What the width of the buckets hides is given as hard
// bounds, what sampling leaves open as an interval.
package calibrate
