// Package modelserver is a simulated model server: told of predictions and
// outcomes, it exports the series of the metric convention.
package modelserver
