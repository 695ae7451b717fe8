// Package compat computes the drift numbers that other tools print for the same
// counts, by each tool's own arithmetic, default threshold and flag.
package compat
