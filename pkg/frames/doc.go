// Package frames turns results into Grafana's data frames, with one encoder per
// result shape: fields, units, colours, notices and dataplane types.
package frames
