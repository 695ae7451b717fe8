// Package estimate says how well a classifier does before all labels are there: performance estimated from scores,
// class shares under label shift, rates corrected for selective labelling, and how many labels are still to come.
//
// Each method rests on an assumption that its documentation names, and where the data can contradict that assumption
// there is a test of it.
package estimate
