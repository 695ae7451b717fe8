// Package prometheus is the only room that knows PromQL and HTTP: selectors and
// their escaping, transport through an HTTP client that is handed in, a
// streaming decoder of answers, the flavours of servers, and limits.
//
// A read goes one way: a Selector (or an expression built around one) is sent
// by a Client, and the body of the answer is scanned once, while it arrives,
// into the flat arrays of an Answer. No tree of objects is made in between.
package prometheus
