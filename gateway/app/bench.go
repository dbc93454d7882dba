package app

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
)

func (p *program) bench() *cobra.Command {
	o := BenchOptions{Out: p.out, Err: p.err}
	cmd := &cobra.Command{
		Use: "bench", Short: "Measure how fast the gateway is on this machine", Args: cobra.NoArgs,
		Long: `Starts real gateways on empty databases, each a process of its own, with stand-ins for the bot and Slack in another,
and puts a load on a webhook channel. Messages are signed and numbered. Each figure stands beside a bare gin handler
that decodes the same JSON and answers 200 or 202, under the same load: compare the ratios, not the rates.

  accept  webhook requests a second that are verified, stored durably and then answered. The bot holds its answers
          meanwhile, so questions queue up in their lanes. Also: the time of a request at half of that rate.
  whole   messages a second through webhook, event, bot over HTTP, answer on the platform's API. Each connection waits
          for its answer, which is the time shown.
  held    messages a second of chats that an agent has, both ways: the customer's line into its thread, and the agent's
          reply, an event of Slack's, into the app. Both count; the time shown is there and back.

SQLite runs with synchronous=FULL, PostgreSQL as its server is set. The rate limits of the channel and of Slack are
raised, or they would be what is measured. It ends with 1 if a message is lost, comes twice or out of order.`,
		Example: "  patchbay bench\n  patchbay bench --json --seconds 20 --postgres postgres://user:pass@127.0.0.1/postgres\n" +
			"  patchbay bench --only accept/sqlite --seconds 5 --profile .",
	}
	f := cmd.Flags()
	f.IntVar(&o.Seconds, "seconds", 20, "how long each figure is measured")
	f.IntVar(&o.Rounds, "rounds", 1, "how often, by turns; the one in the middle by processor time counts")
	f.IntVar(&o.Connections, "connections", 64, "connections of the load generator")
	f.IntVar(&o.Chats, "chats", 1024, "chats that they share")
	f.StringSliceVar(&o.Only, "only", nil, "accept, whole or held, each also with /sqlite or /postgres")
	f.StringVar(&o.Postgres, "postgres", "", "URL of a PostgreSQL server on which databases may be made; default is $PATCHBAY_TEST_POSTGRES")
	f.StringVar(&o.Dir, "dir", "", "folder for SQLite's file, on the disk to measure; default is the temporary folder")
	f.StringVar(&o.Fill, "fill", "", "chats x messages of each, such as 100000x20: also measure on databases that are this full")
	f.StringVar(&o.Profile, "profile", "", "folder for a CPU profile of the gateway in each measurement")
	f.BoolVar(&o.JSON, "json", false, "print the figures as JSON")
	f.StringVar(&o.Role, "role", "", "")
	f.Lookup("role").Hidden = true
	cmd.RunE = p.run(func(ctx context.Context, _ []string) error {
		if p.kit.Bench == nil {
			return errors.New("this program measures nothing")
		}
		o.In = cmd.InOrStdin()
		if o.Postgres == "" {
			o.Postgres = os.Getenv("PATCHBAY_TEST_POSTGRES")
		}
		return p.kit.Bench(ctx, o)
	})
	return cmd
}
