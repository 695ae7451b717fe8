// Package plugin is Grafana's doorway: settings, instances, queries, health
// checks, resources for the editors, and the sources of errors.
package plugin
