// Package query holds the query model: JSON in, a typed and validated query out.
package query
