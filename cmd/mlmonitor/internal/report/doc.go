// Package report writes answers as one HTML file that needs nothing else:
// charts are inline SVG, light or dark as the reader's system is.
package report
