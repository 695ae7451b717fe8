// Package bench measures the way of a query from end to end, against a real
// Prometheus: `go test -run '^$' -bench QueryPath ./internal/bench`.
package bench
