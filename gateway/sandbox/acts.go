package sandbox

import (
	"context"
	"fmt"
	"strings"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/handover/slackdesk/slacktest"
)

// anna asks the bot, then for a person; Ana answers in Slack and resolves; the bot has the chat again.
func (d *demo) anna(ctx context.Context) error {
	anna := d.Telegram.User(5100200300, "Anna", "en")
	write := func(text string) error {
		_, err := anna.Write(ctx, text)
		d.saw(phone, "Anna: %s", text)
		return err
	}
	reads := func(c column, words string) error {
		text := ""
		err := d.Telegram.Wait(ctx, func() bool {
			text = last(anna.Read())
			return strings.Contains(text, words)
		})
		if err != nil {
			return fmt.Errorf("on Anna's phone: wait for %q: %w", words, err)
		}
		if c == botColumn {
			d.saw(botColumn, "%s", text)
		}
		d.saw(phone, "reads: %s", text)
		return nil
	}
	steps := []func() error{
		func() error { return write("What are your opening hours?") },
		func() error { return reads(botColumn, "9:00 to 18:00") },
		func() error { return write("I want to talk to a person") },
		func() error { return reads(phone, "colleague") },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	thread, err := d.thread(ctx, 1, "I want to talk to a person")
	if err != nil {
		return err
	}
	if err := d.reply(ctx, slacktest.Ana, thread, "Hi Anna, what can I do for you? 👋"); err != nil {
		return err
	}
	if err := reads(phone, "what can I do for you? 👋"); err != nil {
		return err
	}
	if err := write("My lamp came broken, order 17."); err != nil {
		return err
	}
	if err := d.posted(ctx, thread, "My lamp came broken"); err != nil {
		return err
	}
	if err := d.reply(ctx, slacktest.Ana, thread, "// ask the warehouse for photos"); err != nil {
		return err
	}
	if err := d.reply(ctx, slacktest.Ana, thread, "I'm sending you a new one today."); err != nil {
		return err
	}
	if err := reads(phone, "a new one today"); err != nil {
		return err
	}
	for _, text := range anna.Read() {
		if strings.Contains(text, "warehouse") {
			return fmt.Errorf("on Anna's phone: the agent's note: %q", text)
		}
	}
	if err := d.resolve(ctx, slacktest.Ana, thread); err != nil {
		return err
	}
	if err := reads(phone, "closed this chat"); err != nil {
		return err
	}
	if err := write("And what does shipping cost?"); err != nil {
		return err
	}
	return reads(botColumn, "4.90")
}

// luis asks what the FAQ does not have: the bot breaks, and the card in Slack has the turn as evidence.
func (d *demo) luis(ctx context.Context) error {
	luis := d.WhatsApp.User("5215550001111", "Luis")
	write := func(text string) error {
		_, err := luis.Write(ctx, text)
		d.saw(phone, "Luis: %s", text)
		return err
	}
	reads := func(words string) error {
		text := ""
		err := d.WhatsApp.Wait(ctx, func() bool {
			seen := luis.Seen()
			if len(seen) == 0 {
				return false
			}
			text = seen[len(seen)-1].Text
			return strings.Contains(text, words)
		})
		if err != nil {
			return fmt.Errorf("on Luis's phone: wait for %q: %w", words, err)
		}
		d.saw(phone, "reads: %s", text)
		return nil
	}
	const question = "Can my cat eat the leaves of the monstera?"
	if err := write(question); err != nil {
		return err
	}
	thread, err := d.thread(ctx, 2, question)
	if err != nil {
		return err
	}
	d.saw(botColumn, "has no answer; what it said was not sent")
	if err := reads("colleague"); err != nil {
		return err
	}
	if err := d.Slack.Agent(slacktest.Ben).Click(ctx, thread, "patchbay_take"); err != nil {
		return err
	}
	if _, err := d.Slack.WaitCard(ctx, thread, "Ben"); err != nil {
		return err
	}
	d.saw(slackColumn, "Ben clicks Take it; the card says so")
	if err := d.reply(ctx, slacktest.Ben, thread, "Better not: it is poisonous for cats."); err != nil {
		return err
	}
	if err := reads("poisonous for cats"); err != nil {
		return err
	}
	if err := write("Thank you!"); err != nil {
		return err
	}
	if err := d.posted(ctx, thread, "Thank you!"); err != nil {
		return err
	}
	if err := d.resolve(ctx, slacktest.Ben, thread); err != nil {
		return err
	}
	return reads("closed this chat")
}

// mia asks twice and gets her answers from the bot; no thread opens.
func (d *demo) mia(ctx context.Context) error {
	mia := d.Shop.Customer(d.public+"/channels/"+Shop, "c9", webhooktest.Person{ID: "u1", Name: "Mia", Locale: "en"})
	for _, turn := range []struct{ asks, reads string }{
		{"How long does delivery take?", "two to four working days"},
		{"Do you ship abroad?", "European Union"},
	} {
		if _, err := mia.Write(ctx, turn.asks); err != nil {
			return err
		}
		d.saw(phone, "Mia: %s", turn.asks)
		text := ""
		err := d.Shop.Wait(ctx, func() bool {
			for _, m := range d.Shop.Chat("c9") {
				text = m.Text
			}
			return strings.Contains(text, turn.reads)
		})
		if err != nil {
			return fmt.Errorf("on Mia's phone: wait for %q: %w", turn.reads, err)
		}
		d.saw(botColumn, "%s", text)
		d.saw(phone, "reads: %s", text)
	}
	if n := len(d.Slack.Threads(slacktest.Support)); n != 2 {
		return fmt.Errorf("%d threads are open in Slack, want Anna's and Luis's", n)
	}
	return nil
}

// thread waits for the n-th thread, whose card or talk has the words.
func (d *demo) thread(ctx context.Context, n int, words string) (string, error) {
	threads, err := d.Slack.WaitThreads(ctx, slacktest.Support, n)
	if err != nil {
		return "", fmt.Errorf("no thread opens in Slack: %w", err)
	}
	thread := threads[n-1].ID
	d.saw(slackColumn, "a thread opens:\n%s", firstLines(threads[n-1].Root.Plain(), 5))
	if _, err := d.Slack.WaitPost(ctx, thread, words); err != nil {
		return "", fmt.Errorf("the talk so far is not in the thread: %w", err)
	}
	d.saw(slackColumn, "the talk so far is in it")
	return thread, nil
}

func (d *demo) reply(ctx context.Context, agent, thread, text string) error {
	if _, err := d.Slack.Agent(agent).Reply(ctx, thread, text); err != nil {
		return err
	}
	d.saw(slackColumn, "%s: %s", names[agent], text)
	return nil
}

var names = map[string]string{slacktest.Ana: "Ana", slacktest.Ben: "Ben"}

func (d *demo) posted(ctx context.Context, thread, words string) error {
	post, err := d.Slack.WaitPost(ctx, thread, words)
	if err != nil {
		return fmt.Errorf("%q is not in the thread: %w", words, err)
	}
	d.saw(slackColumn, "%s", post.Plain())
	return nil
}

func (d *demo) resolve(ctx context.Context, agent, thread string) error {
	if err := d.Slack.Agent(agent).Click(ctx, thread, "patchbay_resolve"); err != nil {
		return err
	}
	if _, err := d.Slack.WaitCard(ctx, thread, "esolved"); err != nil {
		return fmt.Errorf("the card does not say that it is resolved: %w", err)
	}
	d.saw(slackColumn, "%s clicks Resolve; the card says so", names[agent])
	return nil
}

func last(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[len(texts)-1]
}

// firstLines returns the first n lines of text that are not empty.
func firstLines(text string, n int) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && len(lines) < n {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
