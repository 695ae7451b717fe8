package main

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/exporter"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/modelserver"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/server"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/sheet"
	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// The digits and the diabetes patients of testdata, one row a minute, scraped
// every ten.
var (
	classicsStart = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	classicsEnd   = classicsStart.Add(16 * time.Hour)
)

// moments are those of a column.
type moments struct{ Mean, Std float64 }

type classicFacts struct {
	Digits struct {
		Digits struct {
			Confusion [][]float64 `json:"confusion_actual_by_predicted"`
			Accuracy  float64
			Balanced  float64 `json:"balanced_accuracy"`
			Macro     float64 `json:"f1_macro"`
			Weighted  float64 `json:"f1_weighted"`
			MCC       float64
			Kappa     float64
			AUCEight  float64 `json:"roc_auc_class_8"`
			Precision map[string]float64
			Recall    map[string]float64
		}
		Moments map[string]moments
	}
	Diabetes struct {
		Diabetes struct {
			MAE, RMSE, MAPE, R2 float64
			Bias                float64 `json:"bias_actual_minus_prediction"`
			Std                 float64 `json:"residual_std"`
		}
		Moments map[string]moments
	}
}

func readClassicFacts(t *testing.T) (facts classicFacts) {
	t.Helper()
	text, err := os.ReadFile("internal/flights/data/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	return facts
}

// row reads a cell of a CSV file by the name of its column.
type row func(column string) float64

func readRows(path string) ([]row, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	lines, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		return nil, err
	}
	index := map[string]int{}
	for i, name := range lines[0] {
		index[name] = i
	}
	rows := make([]row, len(lines)-1)
	for i, line := range lines[1:] {
		rows[i] = func(column string) float64 {
			x, err := strconv.ParseFloat(line[index[column]], 64)
			if err != nil {
				panic(fmt.Sprintf("%s, row %d, column %s: %v", path, i+1, column, err))
			}
			return x
		}
	}
	return rows, nil
}

// classic is a model whose rows are played: a timeline.Job.
type classic struct {
	target *exporter.Target
	server *modelserver.Server
	rows   []row
	play   func(s *modelserver.Server, r row)
}

func newClassic(spec modelserver.Spec, rows []row, play func(*modelserver.Server, row)) *classic {
	target := exporter.NewTarget(spec.Model, spec.Model+":8080")
	return &classic{target, modelserver.New(target, spec), rows, play}
}

func (c *classic) Name() string            { return "rows" }
func (c *classic) Interval() time.Duration { return 10 * time.Minute }

func (c *classic) Scrape(app storage.Appender, at time.Time) error {
	if at.After(classicsStart) {
		n := min(10, len(c.rows))
		for _, r := range c.rows[:n] {
			c.play(c.server, r)
		}
		c.rows = c.rows[n:]
	}
	return c.target.Scrape(app, at)
}

func digits(rows []row) *classic {
	spec := modelserver.Spec{Model: "digits", Version: "v1", ScoreEdges: modelserver.EqualEdges(20)}
	for k := range 10 {
		spec.Classes = append(spec.Classes, strconv.Itoa(k))
	}
	ink := make([]float64, 17)
	for i := range ink {
		ink[i] = float64(i)
	}
	pixels := []string{"pixel_21", "pixel_36"}
	for _, name := range pixels {
		spec.Features = append(spec.Features, modelserver.Feature{Name: name, Edges: ink})
	}
	return newClassic(spec, rows, func(s *modelserver.Server, r row) {
		p := modelserver.Prediction{Predicted: int(r("predicted"))}
		for _, class := range spec.Classes {
			p.Scores = append(p.Scores, r("score_"+class))
		}
		for _, name := range pixels {
			p.Numbers = append(p.Numbers, r(name))
		}
		s.Predict(p)
		s.Label(modelserver.Outcome{Actual: int(r("actual")), Predicted: p.Predicted, Scores: p.Scores})
	})
}

func diabetes(rows []row) *classic {
	spec := modelserver.Spec{
		Model: "diabetes", Version: "v1", Task: modelserver.Regression,
		ResidualEdges: []float64{-150, -125, -100, -75, -50, -25, 0, 25, 50, 75, 100, 125, 150},
		Features: []modelserver.Feature{
			{Name: "age", Edges: []float64{30, 40, 50, 60, 70}},
			{Name: "bmi", Edges: []float64{20, 22.5, 25, 27.5, 30, 35, 40}},
		},
	}
	return newClassic(spec, rows, func(s *modelserver.Server, r row) {
		s.Predict(modelserver.Prediction{Numbers: []float64{r("age"), r("bmi")}})
		s.Label(modelserver.Outcome{Truth: r("actual"), Said: r("prediction")})
	})
}

var classics = sync.OnceValues(func() (*server.Server, error) {
	var jobs []timeline.Job
	for _, c := range []struct {
		path string
		make func([]row) *classic
	}{{"testdata/digits.csv.gz", digits}, {"testdata/diabetes.csv.gz", diabetes}} {
		rows, err := readRows(c.path)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, c.make(rows))
	}
	s, err := server.Start(server.Options{Lookback: 15 * time.Minute})
	if err != nil {
		return nil, err
	}
	started = append(started, s)
	return s, timeline.Backfill(context.Background(), s, jobs, classicsStart, classicsEnd, nil)
})

func TestDigitsAreConfusedAsTheRowsSay(t *testing.T) {
	truth := readClassicFacts(t).Digits.Digits
	frames := ask(t, urlOf(t, classics), classicsStart, classicsEnd, `{"analysis":"confusion_matrix","model":"digits","format":"matrix","options":{"normalize":"none"}}`)
	if len(frames) != 1 || len(frames[0].Fields) != 11 {
		t.Fatalf("%d frames, want one of ten classes", len(frames))
	}
	for predicted, column := range frames[0].Fields[1:] {
		for actual := range frames[0].Rows() {
			if name := sheet.Cell(frames[0].Fields[0], actual, sheet.Exact); name != strconv.Itoa(actual) || column.Name != strconv.Itoa(predicted) {
				t.Fatalf("row %d is called %q, column %d %q", actual, name, predicted, column.Name)
			}
			if got, want := sheet.Number(column, actual), truth.Confusion[actual][predicted]; got != want {
				t.Errorf("%d taken for %d: %v, want exactly %v", actual, predicted, got, want)
			}
		}
	}
}

func TestClassificationOfTheDigits(t *testing.T) {
	url, truth := urlOf(t, classics), readClassicFacts(t).Digits.Digits
	frames := ask(t, url, classicsStart, classicsEnd,
		`{"analysis":"classification","model":"digits","format":"numbers","options":{"metrics":["accuracy","balanced_accuracy","precision","recall","f1","mcc","kappa"],"perClass":true,"averages":["macro","weighted"]}}`)
	for metric, want := range map[string]float64{"accuracy": truth.Accuracy, "balanced_accuracy": truth.Balanced, "mcc": truth.MCC, "kappa": truth.Kappa} {
		near(t, metric, value(t, frames, "metric", metric), want, 5e-9)
	}
	near(t, "macro F1", value(t, frames, "metric", "f1", "average", "macro"), truth.Macro, 5e-9)
	near(t, "weighted F1", value(t, frames, "metric", "f1", "average", "weighted"), truth.Weighted, 5e-9)
	for class := range truth.Recall {
		near(t, "precision of "+class, value(t, frames, "metric", "precision", "class", class), truth.Precision[class], 5e-9)
		near(t, "recall of "+class, value(t, frames, "metric", "recall", "class", class), truth.Recall[class], 5e-9)
	}
	frames = ask(t, url, classicsStart, classicsEnd, `{"analysis":"ranking_power","model":"digits","format":"numbers","options":{"metrics":["auc"],"class":"8","bounds":true}}`)
	within(t, frames, truth.AUCEight, "metric", "auc", "class", "8")
}

func TestMomentsOfFeaturesAreExact(t *testing.T) {
	url, facts := urlOf(t, classics), readClassicFacts(t)
	rows := map[string]float64{"digits": 899, "diabetes": 221}
	for model, features := range map[string]map[string]moments{"digits": facts.Digits.Moments, "diabetes": facts.Diabetes.Moments} {
		frames := ask(t, url, classicsStart, classicsEnd, fmt.Sprintf(`{"analysis":"feature_statistics","model":%q,"format":"numbers","options":{"metrics":["mean","std"]}}`, model))
		for feature, want := range features {
			near(t, "mean of "+feature, value(t, frames, "metric", "mean", "feature", feature), want.Mean, 5e-7)
			// The truth divides by n - 1.
			divisor := math.Sqrt((rows[model] - 1) / rows[model])
			near(t, "standard deviation of "+feature, value(t, frames, "metric", "std", "feature", feature), want.Std*divisor, 5e-7)
		}
	}
}

func TestRegressionOfTheDiabetesPatients(t *testing.T) {
	url, truth := urlOf(t, classics), readClassicFacts(t).Diabetes.Diabetes
	frames := ask(t, url, classicsStart, classicsEnd, `{"analysis":"regression","model":"diabetes","format":"numbers","options":{"metrics":["mae","rmse","r2","mape","bias","residual_std"],"interval":true,"bounds":true}}`)
	for metric, want := range map[string]float64{"mae": truth.MAE, "rmse": truth.RMSE, "r2": truth.R2, "mape": truth.MAPE, "bias": truth.Bias, "residual_std": truth.Std} {
		near(t, metric, value(t, frames, "metric", metric), want, 5e-7)
	}
	lower, upper := value(t, frames, "metric", "mae", "bound", "lower"), value(t, frames, "metric", "mae", "bound", "upper")
	if !(lower < truth.MAE && truth.MAE < upper && upper-lower < 20) {
		t.Errorf("the interval of the mean absolute error is %v to %v", lower, upper)
	}
}

func TestRegressionFromResidualsAloneBoundsTheTruth(t *testing.T) {
	url, truth := urlOf(t, classics), readClassicFacts(t).Diabetes.Diabetes
	// No error of these patients is beyond 200.
	frames := ask(t, url, classicsStart, classicsEnd, `{"analysis":"regression","model":"diabetes","format":"numbers",
		"roles":{"absoluteErrorSum":"none","squaredErrorSum":"none","absolutePercentageErrorSum":"none","regressionOutcomes":"none"},
		"options":{"metrics":["mae","rmse","bias"],"bounds":true,"lowest":-200,"highest":200}}`)
	near(t, "bias", value(t, frames, "metric", "bias"), truth.Bias, 5e-7)
	within(t, frames, truth.MAE, "metric", "mae")
	within(t, frames, truth.RMSE, "metric", "rmse")
}
