package handover

import (
	"slices"
	"strings"

	"patchbay/models"
)

// ReactionRef is the name under which the transcript has the customer's reactions on the message that the platform calls
// ref, and AgentReactionRef that for agents' reactions on a post.
func ReactionRef(ref string) string { return "reaction:" + ref }

// AgentReactionRef is ReactionRef for what agents put on a post.
func AgentReactionRef(post string) string { return "agents' reaction:" + post }

// customerReacted notes which reactions the customer has on a message, and shows them on its line. It asks nothing of the
// bot and hands nothing over.
func (d *decision) customerReacted() {
	content := models.Content{}
	if d.e.Content != nil {
		content.Text = strings.Join(strings.Fields(d.e.Content.Text), " ")
	}
	switch prior := d.e.Prior; {
	case prior != nil && prior.Content.Text == content.Text:
	case prior != nil:
		d.do(Rewrite{Message: prior.Message, Content: &content, Deleted: content.Text == ""}, React{Message: prior.Message})
	case content.Text != "":
		d.do(Record{Message: models.Message{
			ID: d.e.Message, Author: models.ByCustomer, Kind: models.Reaction, PlatformID: ReactionRef(d.e.Ref), Content: content,
			About: d.e.About, At: d.e.At,
		}}, React{Message: d.e.Message})
	}
}

// agentReacted decides on an emoji that an agent put on a line of the customer's, or took off. It goes across while the
// thread is open and he could reply there; it takes the chat from nobody. The customer's app shows one of ours, the last.
func (d *decision) agentReacted() {
	agent := d.agent()
	open := d.current() && d.c.Mode != models.ModeBot && !d.p.Desk.Confirm
	yours := d.c.Mode != models.ModeAgent || d.c.Holder.ID == agent.ID || d.p.Desk.Lock != LockOwner
	if d.e.About == "" || d.e.Content == nil || !open || !yours {
		return
	}
	emoji := strings.TrimSpace(d.e.Content.Text)
	mine := agent.ID + " " + emoji
	var all []string
	if d.e.Prior != nil {
		all = slices.DeleteFunc(slices.Clone(d.e.Prior.Content.Lines), func(one string) bool { return one == mine })
	}
	if !d.e.Gone {
		all = append(all, mine)
	}
	content := models.Content{Lines: all}
	if len(all) > 0 {
		_, content.Text, _ = strings.Cut(all[len(all)-1], " ")
	}
	switch prior := d.e.Prior; {
	case prior != nil:
		d.do(Rewrite{Message: prior.Message, Content: &content, Deleted: len(all) == 0}, Emote{Message: prior.Message, Agent: agent.ID})
	case len(all) > 0:
		d.do(Record{Message: models.Message{
			ID: d.e.Message, Handover: d.e.Handover, Author: models.ByAgent, Kind: models.Reaction, Person: agent,
			PlatformID: AgentReactionRef(d.e.Ref), Content: content, About: d.e.About, At: d.e.At,
		}}, Emote{Message: d.e.Message, Agent: agent.ID})
	}
}
