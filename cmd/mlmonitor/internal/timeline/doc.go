// Package timeline takes simulated jobs through time: the past as fast as it
// goes, then the present as it comes.
package timeline
