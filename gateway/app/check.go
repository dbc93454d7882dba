package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/handover"
)

func (p *program) check() *cobra.Command {
	var file string
	var online bool
	cmd := &cobra.Command{
		Use: "check", Short: "Check the config, and with --online the accounts it names", Args: cobra.NoArgs,
		Long: "Names every fault of the config with its key and line. With --online it asks the platforms, Slack and the bot\n" +
			"whether they will work, and changes nothing there. Ends with 1 if there is a fault; warnings do not count.",
		Example: "  patchbay check --config config.toml\n  patchbay check --config config.toml --online",
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&online, "online", false, "ask the platforms, Slack and the bot too")
	cmd.RunE = p.run(func(ctx context.Context, _ []string) error {
		conf, err := Load(file, p.kit)
		if e, ok := errors.AsType[*faultsError](err); ok {
			p.findings("fault  ", e.faults)
			p.findings("warning", e.warnings)
			return errTold
		}
		if err != nil {
			return err
		}
		p.findings("warning", conf.Warnings)
		p.findings("warning", promises(conf, time.Now()))
		fmt.Fprintf(p.out, "ok       %s: %s\n", file, summary(conf))
		if !online {
			return nil
		}
		o := &onlineCheck{p: p, conf: conf, client: &http.Client{
			Timeout:       checkWithin,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}
		o.run(ctx)
		if o.faults > 0 {
			return errTold
		}
		return nil
	})
	return cmd
}

func (p *program) findings(word string, found []Fault) {
	for _, f := range found {
		fmt.Fprintf(p.out, "%s  %s\n", word, f.Error())
	}
}

func summary(c *Config) string {
	on := 0
	for _, ch := range c.Channels {
		if ch.Config.Shared().On() {
			on++
		}
	}
	return fmt.Sprintf("%s on, %s off, %s, %s",
		count(on, "channel"), count(len(c.Channels)-on, "channel"), count(len(c.Bots), "bot"), count(len(c.Desks), "desk"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// checkWithin bounds each question of check --online.
const checkWithin = 15 * time.Second

// onlineCheck asks everybody the config names.
type onlineCheck struct {
	p      *program
	conf   *Config
	client *http.Client
	faults int
}

func (o *onlineCheck) run(ctx context.Context) {
	for _, ch := range o.conf.Channels {
		if ch.Config.Shared().On() {
			o.channel(ctx, ch)
		}
	}
	for _, d := range o.conf.Desks {
		o.desk(ctx, d)
	}
	for _, b := range o.conf.Bots {
		o.bot(ctx, b)
	}
}

func (o *onlineCheck) tell(what string, ok, warning bool, text string) {
	word := "fault  "
	switch {
	case ok:
		word = "ok     "
	case warning:
		word = "warning"
	default:
		o.faults++
	}
	fmt.Fprintf(o.p.out, "%s  %s: %s\n", word, what, text)
}

func (o *onlineCheck) channel(ctx context.Context, s ChannelSection) {
	ctx, cancel := context.WithTimeout(ctx, 2*checkWithin)
	defer cancel()
	adapter, err := s.kind.make(s.Config, channels.Deps{Name: s.Name, HTTP: o.client, Log: o.p.logger(), Now: time.Now})
	if err != nil {
		o.tell(s.Full(), false, false, err.Error())
		return
	}
	c, ok := adapter.(channels.Checker)
	if !ok {
		return
	}
	for _, f := range c.Check(ctx, publicAddress(o.conf.Server.PublicURL, "/channels/"+s.Full())) {
		o.tell(s.Full(), f.OK, f.Warning, f.Text)
	}
}

func (o *onlineCheck) desk(ctx context.Context, s DeskSection) {
	ctx, cancel := context.WithTimeout(ctx, 2*checkWithin)
	defer cancel()
	made, err := s.kind.spec.New(s.Config, DeskDeps{
		Name: s.Name, HTTP: o.client, Log: o.p.logger(), Now: time.Now, Places: func() []string { return nil },
	})
	if err != nil {
		o.tell(s.path, false, false, err.Error())
		return
	}
	c, ok := made.(handover.Checker)
	if !ok {
		return
	}
	for _, f := range c.Check(ctx, o.places(s)) {
		o.tell(s.path, f.OK, f.Warning, f.Text)
	}
}

// places returns all places that the config names for a desk.
func (o *onlineCheck) places(s DeskSection) []string {
	threads, operator := s.kind.spec.Places(s.Config)
	places := []string{threads}
	if operator != "" {
		places = append(places, operator)
	}
	for _, ch := range o.conf.Channels {
		common := ch.Config.Shared()
		if d, ok := o.conf.DeskFor(common.Desk); ok && d.Name == s.Name && common.SlackChannel != "" {
			places = append(places, common.SlackChannel)
		}
	}
	if s.kind.spec.Policy != nil {
		policy := s.kind.spec.Policy(s.Config)
		for _, r := range policy.Queue.Ladder {
			if r.Do == handover.RungChannel {
				places = append(places, r.To)
			}
		}
		for _, r := range policy.Routes {
			places = append(places, r.To)
		}
		for _, name := range slices.Sorted(maps.Keys(policy.Teams)) {
			places = append(places, policy.Teams[name])
		}
	}
	return places
}

func (o *onlineCheck) bot(ctx context.Context, s BotSection) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	b, err := s.kind.make(s.Config, bots.Deps{Name: s.Name, HTTP: o.client, Log: o.p.logger(), Now: time.Now})
	if err != nil {
		o.tell(s.path, false, false, err.Error())
		return
	}
	c, ok := b.(bots.Checker)
	if !ok {
		return
	}
	if err := c.Check(ctx); err != nil {
		o.tell(s.path, false, false, err.Error())
		return
	}
	o.tell(s.path, true, false, "the bot answers")
}
