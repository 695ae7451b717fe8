// Package fleet simulates a few models that fail on a schedule and recover, and
// the processes they run in: restarts, replicas that come and go.
package fleet
