// Package infer holds intervals, tests and false discovery rates: what turns a
// count into a statement with its uncertainty.
package infer
