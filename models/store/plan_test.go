package store_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/scratch"
	"patchbay/models/store/storetest"
)

// full fills the database at url and opens it. It returns the id of a conversation and of one of its messages.
func full(t *testing.T, url string, chats, each int) (s *store.Store, conversation int64, message string) {
	t.Helper()
	if err := storetest.Open(t, url).Close(); err != nil { // makes the tables
		t.Fatal(err)
	}
	err := scratch.Fill(t.Context(), url, scratch.Load{
		Chats: chats, Each: each, Channel: "webhook/shop", Now: time.Now(),
		Address:  func(chat int) string { return fmt.Sprintf("c%d", chat) },
		Question: func(_, n int) string { return fmt.Sprintf("message %d", n) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s = storetest.Open(t, url)
	write(t, s, func(tx *store.Tx) (err error) {
		conversation, err = tx.Find("webhook/shop", []string{"c7"})
		return err
	})
	history, err := s.History(t.Context(), conversation, 0, 1, models.Said)
	if err != nil || len(history) != 1 {
		t.Fatalf("History = %v, %v, want the last message", history, err)
	}
	return s, conversation, history[0].ID
}

// exercise does what the gateway does for messages, replies, receipts, timers, metrics and retention, once each.
func exercise(t *testing.T, s *store.Store, conversation int64, message string) {
	t.Helper()
	const account = "webhook/shop"
	now := models.StampOf(time.Now())
	did := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	ctx := t.Context()
	var chat models.Conversation
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Seen("a new key", now)
		did("Seen", err)
		did("Bind", tx.Bind(account, []string{"another name"}, conversation))
		did("AppendEvent", tx.AppendEvent(conversation, models.Event{Type: models.CustomerWrote, At: now}))
		p, _, err := tx.Hold(conversation)
		did("Hold", err)
		_, err = tx.Event(conversation, p.Seq)
		did("Event", err)
		chat, err = tx.Conversation(conversation)
		did("Conversation", err)
		did("Record", tx.Record(&models.Message{ID: "new", Conversation: conversation, Num: chat.Messages + 1, Kind: models.Said, At: now}))
		chat.Messages++
		did("Save", tx.Save(&chat))
		for _, lane := range []models.Lane{models.LaneBot, models.LaneOut, models.LaneDesk} {
			did("Append", tx.Append(conversation, lane, account, models.Entry{Verb: models.VerbSend, Message: "new"}, now))
		}
		did("Advance", tx.Advance(conversation, p.Seq))
		_, _, err = tx.Message(message)
		did("Message", err)
		_, _, err = tx.MessageByPlatform(conversation, "old3")
		did("MessageByPlatform", err)
		_, _, err = tx.MessageByPost(conversation, "C0/1")
		did("MessageByPost", err)
		did("PutPart", tx.PutPart(models.Part{Message: "new", Account: account, PlatformID: "p1", State: models.Sent, At: now}))
		_, _, err = tx.PartByPlatform(account, "p1")
		did("PartByPlatform", err)
		_, err = tx.Parts("new")
		did("Parts", err)
		_, err = tx.PutReceipt(models.Receipt{Account: account, PlatformID: "p1", State: models.Delivered, At: now})
		did("PutReceipt", err)
		did("PutHandover", tx.PutHandover(models.Handover{ID: "h1", Conversation: conversation, Desk: "slack", Thread: "C0/1", OpenedAt: now, Card: 1}))
		_, _, err = tx.Handover("h1")
		did("Handover", err)
		_, _, err = tx.Thread("slack", "C0/1")
		did("Thread", err)
		did("Shown", tx.Shown("h1", 1))
		did("Keep", tx.Keep(store.Orphan{ID: "o1", Desk: "slack", Thread: "C0/2", At: now}))
		_, err = tx.Adopt("slack", "C0/2")
		did("Adopt", err)
		a := models.Alarm{Conversation: conversation, Kind: "give_up", Due: now}
		did("SetAlarm", tx.SetAlarm(a))
		_, err = tx.Ring(a)
		did("Ring", err)
		did("StopAlarm", tx.StopAlarm(conversation, "give_up"))
		mark := models.Marking{Message: "new", Desk: "slack", Post: "C0/1", Since: now, Due: now, At: now}
		did("PutMark", tx.PutMark(mark))
		did("TouchMark", tx.TouchMark("new", now))
		did("Marked", tx.Marked(mark, 0))
		did("PutAgent", tx.PutAgent(models.Agent{Desk: "slack", Person: "U1", Away: now, Passed: now}))
		_, _, err = tx.HoldAgent("slack", "U1")
		did("HoldAgent", err)
		_, err = tx.Away("slack")
		did("Away", err)
		did("PutTags", tx.PutTags("slack", []string{"vip"}, now))
		_, _, err = tx.MarkOf("slack", "C0/1")
		did("MarkOf", err)
		return nil
	})
	did("WriteFor", s.WriteFor(ctx, store.Need{
		Keys: []string{"another key"}, At: now, Account: account, Addresses: []string{"c7"}, Chat: conversation, Decide: true,
	}, func(tx *store.Tx) error {
		_, err := tx.Seen("another key", now)
		did("Seen", err)
		_, err = tx.Find(account, []string{"c7"})
		did("Find", err)
		did("AppendEvent", tx.AppendEvent(conversation, models.Event{Type: models.CustomerWrote, At: now}))
		return nil
	}))
	did("WriteFor", s.WriteFor(ctx, store.Need{Chat: conversation, Decide: true}, func(tx *store.Tx) error {
		p, _, err := tx.Hold(conversation)
		did("Hold", err)
		_, err = tx.Event(conversation, p.Seq)
		did("Event", err)
		_, err = tx.Conversation(conversation)
		did("Conversation", err)
		return tx.Advance(conversation, p.Seq)
	}))
	for _, lane := range []models.Lane{models.LaneBot, models.LaneOut, models.LaneDesk} {
		_, _, err := s.NextDue(ctx, lane, account)
		did("NextDue", err)
		_, err = s.Accounts(ctx, lane)
		did("Accounts", err)
		claims, err := s.Claim(ctx, lane, account, 4, now)
		if err != nil || len(claims) != 1 {
			t.Fatalf("Claim = %v, %v, want one lane", claims, err)
		}
		c := claims[0]
		_, err = s.Entries(ctx, c, 20)
		did("Entries", err)
		_, err = s.Load(ctx, claims, store.Want{Entries: 20, History: 20, Part: true})
		did("Load", err)
		did("Retry", s.Retry(ctx, c, 1, now, now))
		if claims, err = s.Claim(ctx, lane, account, 4, now); err != nil || len(claims) != 1 {
			t.Fatalf("Claim again = %v, %v, want one lane", claims, err)
		}
		did("Release", s.Release(ctx, claims[0], now))
		if claims, err = s.ClaimOf(ctx, lane, account, conversation, now); err != nil || len(claims) != 1 {
			t.Fatalf("ClaimOf = %v, %v, want one lane", claims, err)
		}
		did("WriteFor", s.WriteFor(ctx, store.Need{Chat: conversation, Claim: &claims[0]}, func(tx *store.Tx) error {
			_, err := tx.Waiting(claims[0])
			did("Waiting", err)
			_, _, err = tx.Finish(claims[0], 1, true, 0, 0)
			return err
		}))
		_, err = s.Due(ctx, lane, account, 4, now)
		did("Due", err)
	}
	_, err := s.Undecided(ctx, 0, 100, now)
	did("Undecided", err)
	_, err = s.Undecided(ctx, conversation, 100, now)
	did("Undecided", err)
	_, err = s.Depths(ctx)
	did("Depths", err)
	_, err = s.Owned(ctx)
	did("Owned", err)
	_, err = s.Conversation(ctx, conversation)
	did("Conversation", err)
	_, err = s.Messages(ctx, []string{message, "new"})
	did("Messages", err)
	_, err = s.History(ctx, conversation, 0, 20, models.Said)
	did("History", err)
	_, err = s.History(ctx, conversation, 5, 20, models.Said, models.Line)
	did("History", err)
	_, err = s.OfHandover(ctx, conversation, "h1", 1, 20)
	did("OfHandover", err)
	_, err = s.InPost(ctx, conversation, "C0/1")
	did("InPost", err)
	_, err = s.Unsent(ctx, now.Add(-time.Minute), now, 20)
	did("Unsent", err)
	_, err = s.Handover(ctx, "h1")
	did("Handover", err)
	_, err = s.Dirty(ctx, "slack", 20)
	did("Dirty", err)
	_, err = s.OpenChats(ctx, account)
	did("OpenChats", err)
	_, _, err = s.Part(ctx, message, 0)
	did("Part", err)
	_, _, err = s.Alarms(ctx, now, 20)
	did("Alarms", err)
	_, _, err = s.Markings(ctx, now, 20)
	did("Markings", err)
	_, err = s.Agent(ctx, "slack", "U1")
	did("Agent", err)
	_, err = s.Passing(ctx)
	did("Passing", err)
	_, err = s.Held(ctx, "slack", "U1")
	did("Held", err)
	_, err = s.Tags(ctx, "slack", 100)
	did("Tags", err)
	write(t, s, func(tx *store.Tx) error {
		did("PutName", tx.PutName(conversation, models.Contact{ID: "c7", Name: "Ann Lee"}, false))
		h := models.Home{Desk: "slack", Person: "U1", Opened: now}
		did("OpenHome", tx.OpenHome(h))
		did("HomeShown", tx.HomeShown(h))
		return tx.PutHandover(models.Handover{ID: "h2", Conversation: conversation, Desk: "slack", State: models.HandoverWaiting, OpenedAt: now})
	})
	_, err = s.FindByName(ctx, "lee", 20)
	did("FindByName", err)
	_, err = s.Homes(ctx)
	did("Homes", err)
	if found, err := s.ToSee(ctx, "slack", models.HandoverWaiting, 20); err != nil || len(found) != 1 {
		t.Fatalf("ToSee = %v, %v, want one", found, err)
	}
	_, err = s.CountToSee(ctx, "slack", models.HandoverWaiting)
	did("CountToSee", err)
	_, err = s.Handovers(ctx, []string{"h1", "h2"})
	did("Handovers", err)
	_, err = s.Figures(ctx, "slack", []string{"webhook/shop"}, now.Add(-24*time.Hour), now+1)
	did("Figures", err)
	write(t, s, func(tx *store.Tx) error { return tx.CloseHome(models.Home{Desk: "slack", Person: "U1", Opened: now}) })
	write(t, s, func(tx *store.Tx) error {
		tx.Later([]byte(`{"key":"k"}`), now)
		return nil
	})
	waiting, err := s.Unsorted(ctx, 20)
	did("Unsorted", err)
	write(t, s, func(tx *store.Tx) error { return tx.Sorted(waiting[0]) })
	did("WriteFor", s.WriteFor(ctx, store.Need{Now: true}, func(*store.Tx) error { return nil }))
	_, err = s.Depths(ctx)
	did("Depths", err)
	_, err = s.Trim(ctx, store.Ages{
		Messages: now.Add(-79 * 24 * time.Hour), Deliveries: now.Add(-7 * 24 * time.Hour), Orphans: now.Add(-time.Hour),
	}, 10)
	did("Trim", err)
	did("Ready", s.Ready(ctx))
}

// scan is a step that goes through a whole table or a whole index.
var scan = regexp.MustCompile(`^SCAN (\S+)(.*)$`)

// openEnded is a step that uses an index by no more than one end of its first column.
var openEnded = regexp.MustCompile(`^SEARCH (\S+) USING .*\((\w+)[<>]\?\)$`)

// short are tables and indexes that stay short however many messages are stored.
var short = []string{
	"nodes", "leases", "facts", "sqlite_schema", "SUBQUERY", "CONSTANT", "LIST", "VALUES",
	"lanes_due", "handovers_dirty", "conversations_open", // what waits, and what people have
	"alarms", "alarms_due", "marks_due", "orphans", "agents_passed", // what is under way
	"homes",                  // who looks at his own page
	"arrivals",               // what came in a rush
	"set_aside", "incidents", // what could not be decided, and when a bot was out
}

// Ensure that no statement of the gateway's work goes through a table that grows with what is stored.
func TestPlansSQLite(t *testing.T) {
	s, conversation, message := full(t, storetest.SQLite(t), 200, 10)
	exercise(t, s, conversation, message)
	statements := s.Statements()
	slices.Sort(statements)
	if len(statements) < 50 {
		t.Errorf("%d statements were seen, want all of the gateway's work", len(statements))
	}
	for _, text := range statements {
		verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
		if !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, verb) {
			continue
		}
		plan, err := s.Explain(t.Context(), text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for condition, index := range map[string]string{
			"platform_id = ?": "(messages|parts)_platform|receipts", "post = ?": "(messages|marks)_post", "thread = ?": "(handovers|orphans)_thread",
		} {
			if all := strings.Join(plan, "; "); verb == "SELECT" && strings.Contains(text, condition) && !regexp.MustCompile(index).MatchString(all) {
				t.Errorf("does not find it by %s\n\tstatement: %s\n\tplan: %s", index, text, all)
			}
		}
		if fault := slow(text, plan); fault != "" {
			t.Errorf("%s\n\tstatement: %s\n\tplan: %s", fault, text, strings.Join(plan, "; "))
		}
	}
}

// slow returns what in a plan grows with what is stored, "" if nothing does.
func slow(text string, plan []string) string {
	for _, step := range plan {
		isShort := slices.ContainsFunc(short, func(name string) bool { return slices.Contains(strings.Fields(step), name) })
		if m := scan.FindStringSubmatch(step); m != nil && !isShort {
			return "goes through all of " + m[1]
		}
		// A range that is open at one end is as long as the table, unless it is what retention asks for: the oldest.
		if m := openEnded.FindStringSubmatch(step); m != nil && !isShort && !strings.Contains(text, "LIMIT") {
			return "goes through much of " + m[1]
		}
	}
	return ""
}

// Ensure that PostgreSQL read no row of the big tables by going through them.
func TestPlansPostgres(t *testing.T) {
	url := storetest.Postgres(t)
	s, conversation, message := full(t, url, 3000, 10)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	before := rowsRead(t, db)
	s = storetest.Open(t, url)
	exercise(t, s, conversation, message)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	after := rowsRead(t, db)
	for _, table := range []string{"conversations", "addresses", "seen", "lanes", "entries", "messages", "parts", "receipts", "handovers", "names"} {
		if _, ok := before[table]; !ok {
			t.Errorf("PostgreSQL counts nothing for %s", table)
		}
		if n := after[table] - before[table]; n > 0 {
			t.Errorf("%d rows of %s were read by going through it", n, table)
		}
	}
}

// rowsRead returns how many rows of each table were read without an index.
// https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW
func rowsRead(t *testing.T, db *sql.DB) map[string]int64 {
	t.Helper()
	return counts(t, db, `SELECT relname, seq_tup_read FROM pg_stat_user_tables`)
}

// counts returns a number for each table, when all other sessions have ended: each tells what it read at its end, which is
// behind the client's.
func counts(t *testing.T, db *sql.DB, query string) map[string]int64 {
	t.Helper()
	for others := 1; others > 0; {
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]int64{}
	for rows.Next() {
		var table string
		var n int64
		if err := rows.Scan(&table, &n); err != nil {
			t.Fatal(err)
		}
		all[table] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
