// Package compare says whether one version or segment is better than another, by how much, and how sure that is: at
// one look, at every look (sequentially), for paired outcomes, for fairness between groups; and how much data it takes.
package compare
