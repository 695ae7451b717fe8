// Package rank compares rankings and series: feature importances by NDCG, Kendall's tau and Spearman's rho, window
// series by correlations that allow for autocorrelation, and rows by correlations from sums of products.
package rank
