// Package flights holds the real US flights of 2001 with the predictions of
// two real model versions: the rows the demo replays and tests know the truth of.
package flights
