package prometheus_test

import (
	"fmt"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// What a user chose stays one value of one matcher, whatever it holds.
func ExampleSelector() {
	chosen := []string{`fraud`, `a|b"} or up{x="`}
	s := prometheus.Selector{Metric: "ml_predictions_total"}.With(prometheus.AnyOf("model", chosen))
	fmt.Println(s)
	// Output: ml_predictions_total{model=~"a\\|b\"\\} or up\\{x=\"|fraud"}
}

// A selector that a user wrote is parsed before conditions are added to it.
func ExampleParseSelector() {
	s, err := prometheus.ParseSelector(`my_scores_bucket{region!="eu"}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.With(prometheus.Matcher{Label: "team", Op: prometheus.Equal, Value: "credit"}))
	_, err = prometheus.ParseSelector(`my_scores_bucket[5m]`)
	fmt.Println(err)
	// Output:
	// my_scores_bucket{region!="eu",team="credit"}
	// selector "my_scores_bucket[5m]" cannot be read: the range "[5m]" does not belong to it: the window of the query is used; write it as name{label="value"}
}
