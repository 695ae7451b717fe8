// Package result holds the few shapes that a computation can have: plain
// structs, with sample sizes and uncertainty beside every value.
package result
