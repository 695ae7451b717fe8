// Package sheet turns data frames into rows of text, for tables and CSV.
package sheet
