// Package replay plays the flights to two simulated model servers: predictions
// when a flight departs, outcomes when they became known.
package replay
