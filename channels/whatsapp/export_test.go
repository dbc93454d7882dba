package whatsapp

// Marked, RichOf and SpanKinds are what their lower-case names are, for tests.
var (
	Marked    = marked
	RichOf    = richOf
	SpanKinds = spanKinds
)
