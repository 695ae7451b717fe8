// Package showcase is the demo's tour: questions to the plugin in an order that
// tells the story of the models, and their answers.
package showcase
