package app_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"patchbay/gateway/app"
	"patchbay/gateway/standard"
	"patchbay/models/store/storetest"
)

var (
	described = regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)
	explained = regexp.MustCompile("(?m)^\\| `(patchbay_[a-z_]+)` \\|([^|]*)\\| [^|]{10}")
)

// Ensure that docs/operations.md says what each metric and its labels mean, and of no metric that is not there.
func TestMetricsAreExplained(t *testing.T) {
	conf, err := app.Parse("config.toml", []byte("[store]\nurl = \""+storetest.SQLite(t)+"\"\n"+rest+oneChannel), standard.Kit())
	ok(t, err)
	g, err := app.New(t.Context(), conf, standard.Kit())
	ok(t, err)
	defer func() { ok(t, g.Close()) }()
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		app.Registry(g).Describe(descriptions)
	}()
	there := map[string]string{}
	for d := range descriptions {
		if m := described.FindStringSubmatch(d.String()); m != nil && strings.HasPrefix(m[1], "patchbay_") {
			there[m[1]] = labelsOf(m[2])
		}
	}
	if len(there) < 10 {
		t.Fatalf("the gateway has the metrics %v, want more", there)
	}
	page, err := os.ReadFile("../../docs/operations.md")
	ok(t, err)
	for _, row := range explained.FindAllStringSubmatch(string(page), -1) {
		labels, is := there[row[1]]
		switch {
		case !is:
			t.Errorf("docs/operations.md explains %s, which is not there or is explained twice", row[1])
		case labels != labelsOf(strings.ReplaceAll(row[2], "`", "")):
			t.Errorf("docs/operations.md gives %s the labels %s, want %s", row[1], row[2], labels)
		}
		delete(there, row[1])
	}
	for name, labels := range there {
		t.Errorf("docs/operations.md does not explain %s with the labels %q", name, labels)
	}
}

// labelsOf returns the names in a list, sorted.
func labelsOf(list string) string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
