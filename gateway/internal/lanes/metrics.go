package lanes

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"patchbay/channels"
	"patchbay/models"
	"patchbay/models/store"
)

// Metrics counts what the lanes do. Its names are those of /metrics; docs/operations.md says what each means.
type Metrics struct {
	inbound   *prometheus.CounterVec
	sends     *prometheus.CounterVec
	answers   *prometheus.CounterVec
	answerIn  *prometheus.HistogramVec
	handovers *prometheus.CounterVec
	endings   *prometheus.CounterVec
	posts     *prometheus.CounterVec
	resent    *prometheus.CounterVec
	reposted  *prometheus.CounterVec
	found     *prometheus.CounterVec
	ratings   *prometheus.CounterVec
	open      prometheus.Gauge
	fenced    prometheus.Counter
}

// NewMetrics makes the counters and registers them with r.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &Metrics{
		inbound:   counter("patchbay_inbound_total", "Things that platforms delivered, by what became of them.", "channel", "outcome"),
		sends:     counter("patchbay_sends_total", "Calls that send, edit or delete at a platform.", "channel", "outcome"),
		answers:   counter("patchbay_bot_answers_total", "Questions put to a bot.", "bot", "outcome"),
		handovers: counter("patchbay_handovers_total", "Chats given to people, by reason.", "channel", "reason"),
		endings:   counter("patchbay_handovers_ended_total", "Chats given back to the bot, by how.", "how"),
		posts:     counter("patchbay_desk_calls_total", "Calls of the desk.", "desk", "call", "outcome"),
		resent:    counter("patchbay_sends_repeated_total", "Messages sent again although the first may have arrived.", "channel"),
		reposted:  counter("patchbay_posts_repeated_total", "Calls of the desk made again although the first may have been taken.", "desk", "call"),
		found:     counter("patchbay_posts_found_total", "Posts whose answer was lost, and that were found instead of being made again.", "desk"),
		ratings:   counter("patchbay_ratings_total", "What customers thought of chats that were resolved, out of scale.", "channel", "scale", "rating"),
		answerIn: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "patchbay_bot_answer_seconds", Help: "How long a bot took.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 60},
		}, []string{"bot"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "patchbay_faults", Help: "Faults that the operator was told of and that are not over."}),
	}
	m.fenced = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "patchbay_fenced_total", Help: "Outcomes that came after another copy had taken the lane, and changed nothing.",
	})
	r.MustRegister(m.fenced, m.inbound, m.sends, m.answers, m.answerIn, m.handovers, m.endings, m.posts, m.resent, m.reposted, m.found, m.ratings, m.open)
	return m
}

func (m *Metrics) accepted(channel string, fresh bool) {
	outcome := "repeated"
	if fresh {
		outcome = "accepted"
	}
	m.inbound.WithLabelValues(channel, outcome).Inc()
}

func (m *Metrics) ignored(channel, why string) { m.inbound.WithLabelValues(channel, why).Inc() }

func (m *Metrics) sent(channel string, err error) {
	outcome := "sent"
	if err != nil {
		outcome = channels.KindOf(err).String()
	}
	m.sends.WithLabelValues(channel, outcome).Inc()
}

func (m *Metrics) answered(bot, outcome string, took time.Duration) {
	m.answers.WithLabelValues(bot, outcome).Inc()
	if took > 0 {
		m.answerIn.WithLabelValues(bot).Observe(took.Seconds())
	}
}

func (m *Metrics) handover(channel string, cause models.Cause) {
	m.handovers.WithLabelValues(channel, string(cause)).Inc()
}

func (m *Metrics) ended(state models.HandoverState) { m.endings.WithLabelValues(string(state)).Inc() }

func (m *Metrics) rated(channel string, scale, rating int) {
	m.ratings.WithLabelValues(channel, strconv.Itoa(scale), strconv.Itoa(rating)).Inc()
}

func (m *Metrics) posted(desk, call string, err error) {
	outcome := "done"
	if err != nil {
		outcome = "failed"
	}
	m.posts.WithLabelValues(desk, call, outcome).Inc()
}

func (m *Metrics) sentAgain(channel string)      { m.resent.WithLabelValues(channel).Inc() }
func (m *Metrics) postedAgain(desk, call string) { m.reposted.WithLabelValues(desk, call).Inc() }
func (m *Metrics) postFound(desk string)         { m.found.WithLabelValues(desk).Inc() }

func (m *Metrics) faults(n int) { m.open.Set(float64(n)) }

// Depth tells how full the lanes are, read from the database when it is asked.
type Depth struct {
	Store *store.Store
	Now   func() time.Time
}

var (
	depthDesc = prometheus.NewDesc("patchbay_lane_depth", "Entries that wait in lanes.", []string{"lane", "account"}, nil)
	ageDesc   = prometheus.NewDesc("patchbay_lane_oldest_seconds", "Age of the oldest entry that waits.", []string{"lane", "account"}, nil)
)

// Describe tells the metrics' names.
func (d Depth) Describe(c chan<- *prometheus.Desc) { c <- depthDesc; c <- ageDesc }

// Collect reads the lanes.
func (d Depth) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	depths, err := d.Store.Depths(ctx)
	if err != nil {
		c <- prometheus.NewInvalidMetric(depthDesc, err)
		return
	}
	for _, v := range depths {
		c <- prometheus.MustNewConstMetric(depthDesc, prometheus.GaugeValue, float64(v.Waiting), v.Lane.String(), v.Account)
		age := max(models.StampOf(d.Now()).Sub(v.Oldest), 0)
		c <- prometheus.MustNewConstMetric(ageDesc, prometheus.GaugeValue, age.Seconds(), v.Lane.String(), v.Account)
	}
}

// Copies tells how this copy stands among the others on its database.
type Copies struct{ Store *store.Store }

var (
	nodesDesc  = prometheus.NewDesc("patchbay_nodes", "Copies on this database that live, as this one sees it.", nil, nil)
	leasesDesc = prometheus.NewDesc("patchbay_leases", "Things that this copy does for all: an account's sending, the timers.", nil, nil)
	lapsesDesc = prometheus.NewDesc("patchbay_lapses_total", "Times when this copy could not renew its lease and lost what it had.", nil, nil)
)

// Describe tells the metrics' names.
func (c Copies) Describe(d chan<- *prometheus.Desc) { d <- nodesDesc; d <- leasesDesc; d <- lapsesDesc }

// Collect tells what the store saw last.
func (c Copies) Collect(m chan<- prometheus.Metric) {
	st := c.Store.Standing()
	m <- prometheus.MustNewConstMetric(nodesDesc, prometheus.GaugeValue, float64(st.Nodes))
	m <- prometheus.MustNewConstMetric(leasesDesc, prometheus.GaugeValue, float64(st.Leases))
	m <- prometheus.MustNewConstMetric(lapsesDesc, prometheus.CounterValue, float64(st.Lapses))
}

var (
	_ prometheus.Collector = Depth{}
	_ prometheus.Collector = Copies{}
)
