// Package reading holds the tests of the exact read against the real engine of
// Prometheus: whatever processes do, every window holds what was scraped.
package reading
