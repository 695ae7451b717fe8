package counts

// CheckMetric tells what is wrong with a metric name or selector that is to play
// a role, before anything is read with it.
func CheckMetric(metric string) error {
	_, err := newFamily(metric, false, nil)
	return err
}
