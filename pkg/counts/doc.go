// Package counts reads counts over windows: histograms and tallies, per group
// of labels and per window, with the reader that plans, shares, splits and
// bounds the requests to the server.
package counts
