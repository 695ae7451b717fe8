// Package server runs a whole Prometheus inside this process: its time series
// database, its PromQL engine and its HTTP API, without scraping.
package server
