// Package picture reads from data frames what there is to draw, for terminal
// and report alike.
package picture
