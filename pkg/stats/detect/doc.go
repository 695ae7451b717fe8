// Package detect finds alarms and change points in a series of points, each
// standardised by its own error, with a known in-control run length.
package detect
