package main

import (
	"fmt"
	"testing"
)

func TestRankingPowerIsWithinItsBounds(t *testing.T) {
	url := urlOf(t, atOnce)
	for _, s := range slices(readFacts(t)) {
		t.Run(s.name, func(t *testing.T) {
			frames := ask(t, url, s.from, s.to, fmt.Sprintf(`{"analysis":"ranking_power","model":"flights","version":%q,"format":"numbers","options":{"metrics":["auc","gini","ks","average_precision"],"bounds":true}}`, s.version))
			within(t, frames, s.truth.AUC, "metric", "auc")
			within(t, frames, s.truth.AveragePrecision, "metric", "average_precision")
			within(t, frames, s.truth.KS, "metric", "ks")
			within(t, frames, 2*s.truth.AUC-1, "metric", "gini")
			near(t, "auc", value(t, frames, "metric", "auc"), s.truth.AUC, 0.01)
		})
	}
}

func TestCalibrationIsWithinItsBounds(t *testing.T) {
	url := urlOf(t, atOnce)
	for _, s := range slices(readFacts(t)) {
		t.Run(s.name, func(t *testing.T) {
			frames := ask(t, url, s.from, s.to, fmt.Sprintf(`{"analysis":"calibration","model":"flights","version":%q,"format":"numbers","options":{"metrics":["ece","brier","log_loss"],"bounds":true}}`, s.version))
			// The histograms have 20 buckets, so the error is that of 20 bins.
			within(t, frames, s.truth.ECE20, "metric", "ece")
			within(t, frames, s.truth.Brier, "metric", "brier")
			near(t, "brier", value(t, frames, "metric", "brier"), s.truth.Brier, 1e-7)
			near(t, "log_loss", value(t, frames, "metric", "log_loss"), s.truth.LogLoss, 1e-7)
		})
	}
}
