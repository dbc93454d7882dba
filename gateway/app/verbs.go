package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"patchbay/handover/detect"
)

func (p *program) demo() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use: "demo", Short: "Show the main job on stand-ins, without accounts or config", Args: cobra.NoArgs,
		Long: "Starts stand-ins for Telegram, WhatsApp, a webhook and Slack on the loopback, and the real gateway between\n" +
			"them. Three customers write; each step is shown as it is seen. Ends with 0 only if every step was seen.",
		Example: "  patchbay demo\n  patchbay demo --keep",
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "stay up afterwards and say what to call")
	cmd.RunE = p.run(func(ctx context.Context, _ []string) error {
		if p.kit.Demo == nil {
			return errors.New("this program has no demo")
		}
		return p.kit.Demo(ctx, DemoOptions{Kit: p.kit, Keep: keep, Out: p.out})
	})
	return cmd
}

func (p *program) eval() *cobra.Command {
	var misses bool
	cmd := &cobra.Command{
		Use: "eval requests|breaks FILE.tsv", Short: "Measure text detection on labelled texts",
		Long: "Reads a table with the columns label, lang, source and text (label 1 or 0; others are not scored) and prints\n" +
			"precision and recall, a line a language and one for all. requests: does a customer ask for a person? breaks:\n" +
			"does a bot say that it did not understand?",
		Example: "  patchbay eval requests texts.tsv\n  patchbay eval breaks texts.tsv --misses",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || (args[0] != "requests" && args[0] != "breaks") {
				return errors.New("eval takes requests or breaks, and a file")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&misses, "misses", false, "print the texts that were judged wrongly")
	cmd.RunE = p.run(func(_ context.Context, args []string) error {
		f, err := os.Open(args[1])
		if err != nil {
			return fmt.Errorf("%s: %s", args[1], reason(err))
		}
		defer f.Close()
		d := detect.New()
		judge := d.Break
		if args[0] == "requests" {
			judge = func(text string) bool { asks, _ := d.Request(text); return asks }
		}
		report, err := detect.Measure(f, judge)
		if err != nil {
			return fmt.Errorf("%s: %w", args[1], err)
		}
		report.Print(p.out, misses)
		return nil
	})
	return cmd
}

func (p *program) send() *cobra.Command {
	var file, chat, at string
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "send CHANNEL TEXT", Short: "Write to a running channel as a customer, and show what comes back",
		Long: "Signs a message as the channel's platform would, posts it to the running gateway and prints what comes back on\n" +
			"the channel's send_url, for which it listens itself: send_url must be an address of this machine.",
		Example: "  patchbay send webhook/shop \"I want a person\"\n  patchbay send webhook/shop \"hello\" --chat anna --wait 30s",
		Args:    cobra.ExactArgs(2),
	}
	configFlag(cmd, &file)
	cmd.Flags().StringVar(&chat, "chat", "send", "the customer's chat; the same again goes on with it")
	cmd.Flags().DurationVar(&wait, "wait", 5*time.Second, "how long to wait for more after the last answer")
	cmd.Flags().StringVar(&at, "at", "", "where the gateway listens; default is [server] listen")
	cmd.RunE = p.run(func(ctx context.Context, args []string) error {
		conf, err := p.load(file)
		if err != nil {
			return err
		}
		ch, ok := conf.ChannelNamed(args[0])
		if !ok {
			return fmt.Errorf("%s has no channel %q", file, args[0])
		}
		if ch.kind.Trial == nil {
			return fmt.Errorf("%s: only the platform can write there; %s", args[0], p.trials())
		}
		if at != "" && !strings.Contains(at, "://") {
			at = "http://" + at
		}
		if at == "" {
			at = "http://" + reachable(conf.Server.Listen)
		}
		return ch.kind.Trial(ctx, ch.Config, Trial{
			Name: ch.Name, Endpoint: strings.TrimSuffix(at, "/") + "/channels/" + ch.Full(), Text: args[1], Chat: chat, Wait: wait, Out: p.out,
		})
	})
	return cmd
}

// trials says which channels send works with.
func (p *program) trials() string {
	var kinds []string
	for _, k := range p.kit.Channels {
		if k.Trial != nil {
			kinds = append(kinds, k.Kind)
		}
	}
	if len(kinds) == 0 {
		return "this program has no kind of channel that send works with"
	}
	return "send works with channels of the kind " + strings.Join(kinds, ", ")
}

// reachable returns an address to call for an address to listen on: 0.0.0.0 is no place to call.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func (p *program) manifest() *cobra.Command {
	var file, name string
	cmd := &cobra.Command{
		Use: "manifest", Short: "Print the manifest of the Slack app for this config", Args: cobra.NoArgs,
		Long:    "Prints what to paste at https://api.slack.com/apps, Create New App, From a manifest. docs/slack.md has the whole way.",
		Example: "  patchbay manifest --config config.toml",
	}
	configFlag(cmd, &file)
	cmd.Flags().StringVar(&name, "desk", "", "which desk, when the config has several")
	cmd.RunE = p.run(func(context.Context, []string) error {
		conf, err := p.loadLoosely(file)
		if err != nil {
			return err
		}
		d, ok := conf.DeskFor(name)
		if !ok {
			section := "[desks." + name + "]"
			if name == "" {
				section = "[slack]"
			}
			return fmt.Errorf("%s: there is no %s", file, section)
		}
		if d.kind.spec.Manifest == nil {
			return errors.New("this kind of desk has no manifest")
		}
		_, err = fmt.Fprint(p.out, d.kind.spec.Manifest(d.Config, ManifestOptions{
			Name: d.Name, Default: name == "" || d.Name == d.kind.Kind, PublicURL: conf.Server.PublicURL,
		}))
		return err
	})
	return cmd
}
