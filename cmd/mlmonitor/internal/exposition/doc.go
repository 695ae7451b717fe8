// Package exposition serves simulated processes at /metrics, so that a
// Prometheus can scrape them as it scrapes real ones.
package exposition
