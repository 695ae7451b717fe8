// Package profile holds metric and label names: the project's convention,
// presets for what people run already, and a user's own mapping.
package profile
