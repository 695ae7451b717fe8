package showcase

import (
	"fmt"
	"time"
)

// Times of the story that the questions are about.
type Times struct {
	// From and Now are the backfilled stretch.
	From, Now time.Time
	// Fleet is when the fleet's schedule began.
	Fleet time.Time
	// Flights tells when a day of 2001 was played.
	Flights func(month time.Month, day int) time.Time
}

// Question is one query with the sentence that says why it is asked.
type Question struct {
	Chapter  string // set on the first question of a chapter
	Title    string
	Text     string
	Query    string // JSON
	From, To time.Time
	// Step is the panel's step; zero means the range cut into 84.
	Step time.Duration
	// Top is the value of the strongest colour of a heatmap.
	Top float64
}

const day = 24 * time.Hour

// Questions of the tour.
func Questions(t Times) []Question {
	at := func(d float64) time.Time { return t.Fleet.Add(time.Duration(d * float64(day))) }
	may, june := t.Flights(time.May, 1), t.Flights(time.June, 1)
	march, april := t.Flights(time.March, 1), t.Flights(time.April, 1)
	// A day and two hours after the deployment, the latest label of a flight
	// before it has come: from then on both versions are judged by the same flights.
	v2 := t.Flights(time.April, 9).Add(26 * time.Hour)
	period := func(from, to time.Time) string {
		return fmt.Sprintf(`{"kind":"period","from":%q,"to":%q}`, from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	}
	training := `{"kind":"reference","reference":"training-2001-01"}`
	simulated := `{"kind":"reference","reference":"training"}`

	return []Question{
		{
			Chapter: "All models", Title: "Inventory", Text: "Every model version that the server knows, found by ml_model_info.",
			Query: `{"analysis":"models","format":"table"}`, From: t.From, To: t.Now,
		},
		{
			Title: "Health over the last six hours", Text: "One verdict per model by the usual rules, against the training data; only what is certain counts.",
			Query: `{"analysis":"health","window":"range","format":"table","baseline":{"kind":"reference"}}`,
			From:  t.Now.Add(-6 * time.Hour), To: t.Now,
		},
		{
			Title: "Health by rules of one's own", Text: "What the usual rules do not look at: how large the errors of a regression may be, how low an accuracy.",
			Query: `{"analysis":"health","window":"range","format":"table","options":{"rules":"critical: lower(regression.mae) > 4; warning: upper(classification.accuracy) < 0.7"}}`,
			From:  t.Now.Add(-6 * time.Hour), To: t.Now,
		},
		{
			Title: "Health over the week", Text: "0 is healthy, 1 a warning, 2 critical, in windows of 12 hours.",
			Query: `{"analysis":"health","window":"12h","format":"series","baseline":{"kind":"reference"}}`,
			From:  t.From.Add(12 * time.Hour), To: t.Now,
		},
		{
			Title: "What was done to them", Text: "Deployments, and the events that the models export; in Grafana they are annotations over any panel.",
			Query: `{"analysis":"events","format":"events"}`, From: t.From.Add(2 * time.Hour), To: t.Now,
		},
		{
			Chapter: "flights: a real model on real flights", Title: "Quality of v1 and v2 since v2 was deployed",
			Text:  "From the outcomes alone. Accuracy cannot tell the versions apart; see the ROC curves below.",
			Query: `{"analysis":"classification","model":"flights","groupBy":["version"],"window":"range","format":"numbers","options":{"metrics":["accuracy","balanced_accuracy","precision","recall","f1","mcc"],"interval":true}}`,
			From:  v2, To: t.Now,
		},
		{
			Title: "Accuracy, precision and recall of v1 over half a year", Text: "January to June 2001, played in a week: accuracy is best in the month whose ranking is worst.",
			Query: `{"analysis":"classification","model":"flights","version":"v1","window":"12h","format":"series","options":{"metrics":["accuracy","precision","recall"]}}`,
			From:  t.From.Add(12 * time.Hour), To: t.Now,
		},
		{
			Title: "Confusion matrix of v1", Text: "Rows are what happened, columns what was predicted; class 1 is a flight more than 15 minutes late.",
			Query: `{"analysis":"confusion_matrix","model":"flights","version":"v1","window":"range","format":"matrix","options":{"normalize":"actual"}}`,
			From:  t.From, To: t.Now,
		},
		{
			Title: "ROC curves of v1 and v2", Text: "Over the time when both predicted the same flights.",
			Query: `{"analysis":"roc","model":"flights","groupBy":["version"],"window":"range","format":"curve"}`, From: v2, To: t.Now,
		},
		{
			Title: "Precision and recall of v1 and v2", Query: `{"analysis":"precision_recall","model":"flights","groupBy":["version"],"window":"range","format":"curve"}`,
			From: v2, To: t.Now,
		},
		{
			Title: "v1 at every threshold", Text: "Precision, recall and F1 if another score were the limit, and the share of flights that would be called late.",
			Query: `{"analysis":"threshold","model":"flights","version":"v1","window":"range","format":"curve"}`, From: t.From, To: t.Now,
		},
		{
			Title: "The best threshold of v1", Text: "By F1, against the one in use; the interval holds the thresholds that the flights cannot tell from the best.",
			Query: `{"analysis":"threshold","model":"flights","version":"v1","window":"range","format":"numbers","options":{"interval":true}}`, From: t.From, To: t.Now,
		},
		{
			Title: "Ranking power of v1 and v2", Text: "With intervals: is the difference more than chance?",
			Query: `{"analysis":"ranking_power","model":"flights","groupBy":["version"],"window":"range","format":"numbers","options":{"interval":true}}`, From: v2, To: t.Now,
		},
		{
			Title: "Is v2 better than v1?", Text: "Each metric with its difference, and a decision: what the flights cannot tell stays undecided, with the number that would.",
			Query: `{"analysis":"compare","model":"flights","version":"v2","window":"range","format":"table","baseline":{"kind":"version","version":"v1"},"options":{"tolerated":0.002}}`, From: v2, To: t.Now,
		},
		{
			Title: "Reliability diagram of v1", Text: "How often it came true against how likely the model said it was.",
			Query: `{"analysis":"calibration","model":"flights","version":"v1","window":"range","format":"curve"}`, From: t.From, To: t.Now,
		},
		{
			Title: "Drift of v1's inputs against its training data (PSI)", Text: "Each window is a week of 2001, played in seven hours. Nothing is injected: month is no input and changes by nature, delays at the origin change with the weather.",
			Query: `{"analysis":"drift","model":"flights","version":"v1","window":"7h","format":"heatmap","baseline":` + training + `,"options":{"method":"psi"}}`,
			From:  t.From.Add(7 * time.Hour), To: t.Now, Step: 2 * time.Hour, Top: 0.25,
		},
		{
			Title: "May against March", Text: "Which inputs differ, whether that can be chance, and whether it matters.",
			Query: `{"analysis":"drift","model":"flights","version":"v1","window":"range","format":"table","baseline":` + period(march, april) + `,"options":{"method":"ks"}}`,
			From:  may, To: june,
		},
		{
			Title: "The delay at the origin, May against March",
			Query: `{"analysis":"distribution","model":"flights","version":"v1","window":"range","format":"distribution","baseline":` + period(march, april) + `,"options":{"feature":"origin_delay_3h"}}`,
			From:  may, To: june,
		},
		{
			Title: "Every input of v1, May against March", Text: "Mean, spread and shape, and by how many standard deviations the mean moved.",
			Query: `{"analysis":"feature_statistics","model":"flights","version":"v1","window":"range","format":"table","baseline":` + period(march, april) + `}`,
			From:  may, To: june,
		},
		{
			Title: "Scores of v1 since yesterday", Text: "How likely v1 held a delay, for flights whose truth may not be known yet.",
			Query: `{"analysis":"scores","model":"flights","version":"v1","window":"range","format":"distribution"}`,
			From:  t.Now.Add(-day), To: t.Now,
		},
		{
			Chapter: "fraud: a feature drifts and recovers (simulated)", Title: "Drift of the inputs against the training data (PSI)",
			Query: `{"analysis":"drift","model":"fraud","window":"6h","format":"heatmap","baseline":` + simulated + `,"options":{"method":"psi"}}`,
			From:  t.From.Add(6 * time.Hour), To: t.Now, Step: 2 * time.Hour, Top: 0.25,
		},
		{
			Title: "Amounts while they drift, against the training data",
			Query: `{"analysis":"distribution","model":"fraud","window":"range","format":"distribution","baseline":` + simulated + `,"options":{"feature":"amount"}}`,
			From:  at(3.2), To: at(4.4),
		},
		{
			Title: "What moves with the mean score", Text: "Correlations of the means of two-hour windows; what may be chance is left empty.",
			Query: `{"analysis":"correlation","model":"fraud","window":"range","format":"matrix","options":{"windows":84,"also":["mean_score"],"show":"certain"}}`,
			From:  t.From, To: t.Now,
		},
		{
			Chapter: "churn: the calibration is lost (simulated)", Title: "Reliability diagram of the last day",
			Query: `{"analysis":"calibration","model":"churn","window":"range","format":"curve"}`, From: t.Now.Add(-day), To: t.Now,
		},
		{
			Title: "Expected calibration error over the week", Text: "The ranking stays: AUC would not have told.",
			Query: `{"analysis":"calibration","model":"churn","window":"12h","format":"series","options":{"metrics":["ece"]}}`,
			From:  t.From.Add(12 * time.Hour), To: t.Now,
		},
		{
			Title: "When did it change?", Text: "A CUSUM over the calibration error, each point standardised by its own error: the onset is the window from which on it seems changed.",
			Query: `{"analysis":"detect","model":"churn","window":"6h","format":"events","options":{"of":"calibration","metric":"ece","direction":"up"}}`,
			From:  t.From.Add(6 * time.Hour), To: t.Now, Step: 6 * time.Hour,
		},
		{
			Title: "The calibration error with what it is held against",
			Query: `{"analysis":"detect","model":"churn","window":"6h","format":"series","options":{"of":"calibration","metric":"ece","direction":"up"}}`,
			From:  t.From.Add(6 * time.Hour), To: t.Now, Step: 6 * time.Hour,
		},
		{
			Title: "The accuracy that the scores promise, beside the labels", Text: "Estimated from what scores meant in the training data. Once they mean something else, the check against late labels says so.",
			Query: `{"analysis":"estimated_performance","model":"churn","window":"12h","format":"series","baseline":` + simulated + `,"options":{"metrics":["accuracy"],"labelled":true}}`,
			From:  t.From.Add(12 * time.Hour), To: t.Now,
		},
		{
			Title: "Whom it serves worse", Text: "Each segment against all others, before the calibration was lost.",
			Query: `{"analysis":"segments","model":"churn","window":"range","format":"table","options":{"label":"segment","metrics":["accuracy","recall","auc","disparate_impact"]}}`,
			From:  t.From, To: at(4.5),
		},
		{
			Chapter: "credit: a feature goes missing (simulated)", Title: "Shares of missing values",
			Query: `{"analysis":"data_quality","model":"credit","window":"3h","format":"heatmap","options":{"checks":["missing"]}}`,
			From:  t.From.Add(3 * time.Hour), To: t.Now, Step: 2 * time.Hour, Top: 0.7,
		},
		{
			Title: "The data of the last day against the training data",
			Query: `{"analysis":"data_quality","model":"credit","window":"range","format":"table","baseline":` + simulated + `}`,
			From:  t.Now.Add(-day), To: t.Now,
		},
		{
			Title: "Drift of inputs, scores and predictions against the training data (PSI)", Text: "Where a bureau score is missing it is not counted, so the rest keeps its shape: it is the scores that drift.",
			Query: `{"analysis":"drift","model":"credit","window":"6h","format":"heatmap","baseline":` + simulated + `,"options":{"method":"psi","of":"all"}}`,
			From:  t.From.Add(6 * time.Hour), To: t.Now, Step: 2 * time.Hour, Top: 0.25,
		},
		{
			Title: "What the model relies on, now and three days ago",
			Query: `{"analysis":"importance","model":"credit","window":"1h","format":"table","baseline":{"kind":"offset","offset":"3d"}}`,
			From:  t.Now.Add(-day), To: t.Now,
		},
		{
			Title: "Labels, and recall corrected for those that never come", Text: "Few of those that it warns of get a loan and show what becomes of it: the recall of the labelled rows is far too low.",
			Query: `{"analysis":"labels","model":"credit","window":"range","format":"numbers","options":{"rates":["recall"],"perClass":true,"interval":true}}`,
			From:  t.From, To: t.Now,
		},
		{
			Title: "How late labels are", Query: `{"analysis":"labels","model":"credit","window":"range","format":"curve"}`, From: t.From, To: t.Now,
		},
		{
			Chapter: "intent: one of six classes degrades (simulated, native histograms)", Title: "Confusion matrix of the last day", Text: "Refunds are taken for billing.",
			Query: `{"analysis":"confusion_matrix","model":"intent","window":"range","format":"matrix","options":{"normalize":"actual"}}`,
			From:  t.Now.Add(-day), To: t.Now,
		},
		{
			Title: "Recall of each class",
			Query: `{"analysis":"classification","model":"intent","window":"12h","format":"series","options":{"metrics":["recall"],"perClass":true}}`,
			From:  t.From.Add(12 * time.Hour), To: t.Now,
		},
		{
			Chapter: "eta: a regression that falls behind (simulated)", Title: "Mean absolute error and bias, in minutes", Text: "Deliveries take longer than predicted, until the model is retrained.",
			Query: `{"analysis":"regression","model":"eta","window":"6h","format":"series","options":{"metrics":["mae","bias"],"interval":true}}`,
			From:  t.From.Add(6 * time.Hour), To: t.Now,
		},
		{
			Title: "The last day against three days before",
			Query: `{"analysis":"regression","model":"eta","window":"range","format":"table","baseline":{"kind":"offset","offset":"3d"},"options":{"lowest":-60,"highest":120}}`,
			From:  t.Now.Add(-day), To: t.Now,
		},
		{
			Title: "Residuals of the last day", Text: "Actual less predicted minutes, against three days before.",
			Query: `{"analysis":"regression","model":"eta","window":"range","format":"distribution","baseline":{"kind":"offset","offset":"3d"}}`,
			From:  t.Now.Add(-day), To: t.Now,
		},
		{
			Title: "Correlations of the rows", Text: "From the sums of products that the model exports.",
			Query: `{"analysis":"correlation","model":"eta","window":"range","format":"matrix","options":{"of":"rows"}}`,
			From:  t.From, To: t.Now,
		},
		{
			Title: "Weather that the training data does not have",
			Query: `{"analysis":"data_quality","model":"eta","window":"3h","format":"series","options":{"checks":["unseen"]}}`,
			From:  t.From.Add(3 * time.Hour), To: t.Now,
		},
		{
			Chapter: "search: answers are ranked worse, and come late (simulated)", Title: "NDCG of the first ten answers",
			Query: `{"analysis":"ranking","model":"search","window":"6h","format":"series"}`, From: t.From.Add(6 * time.Hour), To: t.Now,
		},
		{
			Title: "Latency", Text: "An overload made it slow.",
			Query: `{"analysis":"service","model":"search","window":"3h","format":"series"}`, From: t.From.Add(3 * time.Hour), To: t.Now,
		},
		{
			Title: "Service during the overload", Query: `{"analysis":"service","model":"search","window":"range","format":"table"}`, From: at(4.1), To: at(4.4),
		},
		{
			Chapter: "pricing: a healthy control (simulated)", Title: "Drift of the inputs against the training data (PSI)",
			Query: `{"analysis":"drift","model":"pricing","window":"6h","format":"heatmap","baseline":` + simulated + `,"options":{"method":"psi"}}`,
			From:  t.From.Add(6 * time.Hour), To: t.Now, Step: 2 * time.Hour, Top: 0.25,
		},
		{
			Title: "How long must a window be?", Text: "Until a metric is known to two percentage points, and until noise alone stays within the tolerated drift.",
			Query: `{"analysis":"plan","model":"pricing","window":"range","format":"table"}`,
			From:  t.Now.Add(-day), To: t.Now,
		},
	}
}
