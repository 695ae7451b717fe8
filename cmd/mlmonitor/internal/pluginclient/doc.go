// Package pluginclient runs a Grafana data source plugin as a process of its
// own and speaks its gRPC interface, as Grafana does.
package pluginclient
