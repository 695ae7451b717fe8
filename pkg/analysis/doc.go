// Package analysis holds one file per analysis: which counts it needs, and how
// it computes a result from them; and the registry that editor, docs and command
// line read.
package analysis
