// Package terminal writes tables and charts for people who read a terminal;
// colours only where there is one.
package terminal
