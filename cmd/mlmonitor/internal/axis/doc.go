// Package axis finds the range and the ticks of a chart's axes.
package axis
