// Package quality judges the quality of data from counts: shares of missing,
// invalid and outlying values, categories that appear or vanish, freshness, and
// volume against what comparable windows had.
package quality
