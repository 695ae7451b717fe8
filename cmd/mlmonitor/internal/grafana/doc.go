// Package grafana finds a Grafana on this machine and runs it with the plugin
// and its provisioning, on loopback, with data of its own.
package grafana
