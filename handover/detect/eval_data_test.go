package detect_test

import (
	"os"
	"path/filepath"
	"testing"

	"patchbay/handover/detect"
)

// TestTargets measures the detector on labelled texts that are not part of
// this repository. Set PATCHBAY_EVAL_DATA to the folder that has them, and
// PATCHBAY_EVAL_MISSES to see what was judged wrongly.
func TestTargets(t *testing.T) {
	dir := os.Getenv("PATCHBAY_EVAL_DATA")
	if dir == "" {
		t.Skip("PATCHBAY_EVAL_DATA is not set: the labelled texts are kept outside the repository")
	}
	d := detect.New()
	for _, tc := range []struct {
		file              string
		judge             func(string) bool
		precision, recall float64
	}{
		{"handover_requests_dev.tsv", func(s string) bool { ok, _ := d.Request(s); return ok }, 0.92, 0.94},
		{"bot_breaks_dev.tsv", d.Break, 0.95, 0.92},
	} {
		t.Run(tc.file, func(t *testing.T) {
			f, err := os.Open(filepath.Join(dir, tc.file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			rep, err := detect.Measure(f, tc.judge)
			if err != nil {
				t.Fatal(err)
			}
			rep.Print(t.Output(), os.Getenv("PATCHBAY_EVAL_MISSES") != "")
			if p := rep.All.Precision(); p < tc.precision {
				t.Errorf("precision = %.3f, want at least %.2f", p, tc.precision)
			}
			if r := rep.All.Recall(); r < tc.recall {
				t.Errorf("recall = %.3f, want at least %.2f", r, tc.recall)
			}
		})
	}
}
