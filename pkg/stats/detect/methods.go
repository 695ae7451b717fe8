package detect

import (
	"fmt"
	"math"
	"strings"
)

// Method names a detector.
type Method string

// The methods; Methods tells about each.
const (
	CUSUM           Method = "cusum"
	PageHinkley     Method = "page_hinkley"
	EWMA            Method = "ewma"
	Shewhart        Method = "shewhart"
	WesternElectric Method = "western_electric"
	ADWIN           Method = "adwin"
)

// MethodInfo describes a method to editors, docs and the command line.
type MethodInfo struct {
	Name  Method
	Title string
	Help  string
	// Slack and Limit are the defaults; 0 where the method has none.
	Slack, Limit float64
	// RunLength and RunLengthOneSided are the mean numbers of points to a false
	// alarm with the defaults, when both directions or one count. NaN where false
	// alarms are so rare that only a bound is known, which Help then tells.
	RunLength, RunLengthOneSided float64
	Reference                    string
}

// method is one row of the table: what it is and how a detector starts.
type method struct {
	info  MethodInfo
	start func(o Options) detector
}

// methods is the table: adding a detector is one type and one row here.
var methods = []method{
	{info: MethodInfo{
		Name: CUSUM, Title: "CUSUM", Slack: 0.5, Limit: 5, RunLength: 465, RunLengthOneSided: 931,
		Help:      "Adds up what exceeds the mean by more than the slack. Finds small lasting shifts soon (one of 1σ in about 10 points) and says when they began.",
		Reference: "Page (1954), Biometrika 41; Montgomery, Introduction to Statistical Quality Control, chapter 9",
	}, start: startCUSUM},
	{info: MethodInfo{
		Name: PageHinkley, Title: "Page-Hinkley", Slack: 0.25, Limit: 8,
		RunLength: pageHinkleyRunLength, RunLengthOneSided: pageHinkleyOneSided,
		Help:      "As CUSUM, but against the running mean of the points since monitoring began, so that a target that is slightly off does no harm.",
		Reference: "Page (1954), Biometrika 41; Hinkley (1971), Biometrika 58",
	}, start: startPageHinkley},
	{info: MethodInfo{
		Name: EWMA, Title: "EWMA", Limit: 2.814, RunLength: 500, RunLengthOneSided: 1016,
		Help:      "Exponentially weighted mean of the points. Finds small shifts, and is the smoothest line to look at.",
		Reference: "Roberts (1959), Technometrics 1; Lucas and Saccucci (1990), Technometrics 32",
	}, start: startEWMA},
	{info: MethodInfo{
		Name: Shewhart, Title: "Shewhart (3σ)", Limit: 3, RunLength: 370, RunLengthOneSided: 741,
		Help:      "A single point beyond three standard deviations. Finds large shifts at once and small ones late.",
		Reference: "Shewhart (1931), Economic Control of Quality of Manufactured Product",
	}, start: startShewhart},
	{info: MethodInfo{
		Name: WesternElectric, Title: "Western Electric rules", Limit: 3, RunLength: westernElectricRunLength, RunLengthOneSided: westernElectricOneSided,
		Help:      "Four patterns: one point beyond 3σ, two of three beyond 2σ, four of five beyond 1σ, eight in a row on one side. Quick, at the price of a false alarm every 92 points.",
		Reference: "Western Electric (1956), Statistical Quality Control Handbook; Champ and Woodall (1987), Technometrics 29",
	}, start: startWesternElectric},
	{info: MethodInfo{
		Name: ADWIN, Title: "ADWIN", Limit: 1, RunLength: math.NaN(), RunLengthOneSided: math.NaN(),
		Help:      "Keeps a window of the past and drops its older part when the two parts' means differ by more than chance allows. Needs no size of change to look for; less than one series of 1000 points in 50 has a false alarm.",
		Reference: "Bifet and Gavaldà (2007), SIAM International Conference on Data Mining",
	}, start: startADWIN},
}

// Methods lists all methods in the order in which an editor should offer them.
func Methods() []MethodInfo {
	infos := make([]MethodInfo, len(methods))
	for i := range methods {
		infos[i] = methods[i].info
	}
	return infos
}

// Lookup finds a method by its name.
func Lookup(name Method) (MethodInfo, error) {
	m, err := find(name)
	if err != nil {
		return MethodInfo{}, err
	}
	return m.info, nil
}

func find(name Method) (*method, error) {
	for i := range methods {
		if methods[i].info.Name == name {
			return &methods[i], nil
		}
	}
	names := make([]string, len(methods))
	for i := range methods {
		names[i] = string(methods[i].info.Name)
	}
	return nil, fmt.Errorf("detector %q is unknown: use one of %s", string(name), strings.Join(names, ", "))
}
