// Package exporter keeps the metrics of simulated processes as cumulative
// values and writes them at each scrape, as Prometheus would have stored them.
package exporter
