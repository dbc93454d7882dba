package scratch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/rs/xid"

	"patchbay/models"
)

// Load is how much a database is filled with.
type Load struct {
	Chats    int    // conversations
	Each     int    // messages of each: the customer's and the bot's by turns
	Channel  string // the channel's full name, "webhook/bench"
	Address  func(chat int) string
	Question func(chat, n int) string
	Now      time.Time
}

// Ages of what is filled in, by the product's own defaults: transcripts are kept for 90 days, what guards against
// repeats for 8.
const (
	transcript = 80 * 24 * time.Hour
	deliveries = 8 * 24 * time.Hour
)

// table is one table's rows. They are in the order of time, as they would have come: what belongs to one chat lies
// scattered, not side by side.
type table struct {
	name    string
	columns []string
	rows    int
	row     func(i int) []any
}

// tables returns what a load consists of.
func (l Load) tables() []table {
	conversations := make([]int64, l.Chats)
	for i := range conversations {
		conversations[i] = l.Now.Add(-transcript).UnixMilli()<<20 + int64(i)
	}
	total := l.Chats * l.Each
	at := func(i int) models.Stamp {
		return models.StampOf(l.Now.Add(-transcript + time.Duration(float64(transcript)*float64(i)/float64(max(total, 1)))))
	}
	// messages: the n-th of all chats, then the next of all chats.
	chat := func(i int) (c, n int) { return i % l.Chats, i / l.Chats }
	ids := make([]string, total)
	for i := range ids {
		ids[i] = xid.NewWithTime(at(i).Time()).String()
	}
	platformID := func(n int) string { return fmt.Sprintf("old%d", n) }
	recent := min(total, int(float64(total)*float64(deliveries)/float64(transcript)))
	asked, answered := (l.Each+1)/2, l.Each/2
	return []table{
		{
			"conversations",
			[]string{
				"id", "channel", "account", "address", "contact", "language", "mode", "epoch", "handover", "holder", "memory", "blocked",
				"last_inbound", "messages", "created_at", "updated_at",
			},
			l.Chats, func(i int) []any {
				last := int64(at(max(0, total-l.Chats+i)))
				return []any{
					conversations[i], l.Channel, l.Channel, l.Address(i), text(models.Contact{ID: l.Address(i), Name: "Ann Example", Locale: "en"}),
					"en", string(models.ModeBot), 0, "", "{}", `{"speaker":"bot"}`, false, last, l.Each, int64(at(i)), last,
				}
			},
		},
		{"addresses", []string{"account", "address", "conversation"}, l.Chats, func(i int) []any {
			return []any{l.Channel, l.Address(i), conversations[i]}
		}},
		{
			"lanes", []string{"conversation", "lane", "account", "seq", "head", "ready_at", "attempt", "since", "paced", "owner", "fence"},
			3 * l.Chats, func(i int) []any {
				lane, account, seq := models.LaneIn, "", l.Each
				switch i % 3 {
				case 1:
					lane, account, seq = models.LaneBot, "default", asked
				case 2:
					lane, account, seq = models.LaneOut, l.Channel, answered
				}
				return []any{conversations[i/3], int(lane), account, seq, seq, 0, 0, 0, 0, "", seq}
			},
		},
		{
			"messages",
			[]string{
				"id", "conversation", "num", "handover", "author", "kind", "person", "content", "platform_id", "post", "place", "parts",
				"state", "title", "about", "broadcast", "edited", "deleted", "at",
			},
			total, func(i int) []any {
				c, n := chat(i)
				author, platform, parts, state := models.ByCustomer, platformID(n), 0, ""
				if n%2 == 1 {
					author, platform, parts, state = models.ByBot, "", 1, string(models.Sent)
				}
				return []any{
					ids[i], conversations[c], n + 1, "", string(author), string(models.Said), "{}", text(models.Content{Text: l.Question(c, n)}), platform,
					"", 0, parts, state, "", "", false, false, false, int64(at(i)),
				}
			},
		},
		{"parts", []string{"message", "n", "account", "platform_id", "state", "error", "hash", "at"}, l.Chats * answered, func(i int) []any {
			m := (i/l.Chats*2+1)*l.Chats + i%l.Chats
			return []any{ids[m], 0, l.Channel, ids[m], string(models.Sent), "", "f2ca6396c53ecf99", int64(at(m))}
		}},
		{"receipts", []string{"account", "platform_id", "state", "error", "at"}, recent / 2, func(i int) []any {
			m := total - recent + i
			return []any{l.Channel, ids[m], string(models.Delivered), "", int64(at(m))}
		}},
		{
			"handovers",
			[]string{
				"id", "conversation", "desk", "place", "thread", "previous", "reason", "state", "agent", "first_num", "opened_at", "claimed_at",
				"ended_at", "reopened", "card", "shown",
			},
			l.Chats / 5, func(i int) []any {
				began := int64(at(i))
				return []any{
					"h" + ids[i], conversations[i], "slack", "C0OLD", fmt.Sprintf("C0OLD/%d.%06d", began/1000, i), "", `{"cause":"asked"}`,
					string(models.HandoverResolved), `{"id":"U0OLD","name":"Ana"}`, 1, began, began, began, 0, 3, 3,
				}
			},
		},
		{"seen", []string{"key", "at"}, recent, func(i int) []any {
			i += total - recent
			c, n := chat(i)
			return []any{fmt.Sprintf("%s/message/%s/m%s", l.Channel, l.Address(c), platformID(n)), int64(at(i))}
		}},
		{"entries", []string{"conversation", "lane", "seq", "at", "body"}, recent, func(i int) []any {
			i += total - recent
			c, n := chat(i)
			wrote, err := json.Marshal(models.Event{
				Type: models.CustomerWrote, At: at(i), Message: ids[i], Content: &models.Content{Text: l.Question(c, n)}, Channel: l.Channel, Address: l.Address(c),
			})
			if err != nil {
				wrote = []byte("{}") // plain fields cannot fail
			}
			return []any{conversations[c], int(models.LaneIn), n + 1, int64(at(i)), string(wrote)}
		}},
	}
}

// text returns v as the database keeps it.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}" // plain fields cannot fail
	}
	return string(b)
}

// Fill makes a database, whose tables are there and empty, as full as the load says. It takes about half a minute a million
// messages. Nothing may use the database meanwhile.
func Fill(ctx context.Context, address string, l Load) error {
	fill := fillSQLite
	if isPostgres(address) {
		fill = fillPostgres
	}
	if err := fill(ctx, address, l.tables()); err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	return nil
}
