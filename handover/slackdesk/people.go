package slackdesk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

const (
	personFresh = time.Hour       // how long a person is known without asking again
	personWait  = 2 * time.Second // for all look-ups of one call of Slack's, which waits three seconds
	peopleMax   = 10_000
)

// Why somebody is no agent.
const (
	refusedGuest    = "guest"
	refusedStranger = "stranger"
	refusedApp      = "app"
)

// person is what is kept of a user of Slack.
type person struct {
	name    string // as colleagues see it
	real    string
	team    string
	teams   []string // of an organization's member: the workspaces he is in
	app     bool
	guest   bool // or was removed
	foreign bool // Slack says that he is from elsewhere
	asked   time.Time
}

// people is a bounded memory of the workspace's users.
type people struct {
	look func(ctx context.Context, id string) (person, error)
	now  func() time.Time

	mu    sync.Mutex
	known map[string]person
}

func newPeople(look func(context.Context, string) (person, error), now func() time.Time) *people {
	return &people{look: look, now: now, known: make(map[string]person)}
}

// find returns who id is. What was known an hour ago is asked again; if nobody answers, it still holds.
func (p *people) find(ctx context.Context, id string) (person, error) {
	old, known := p.peek(id)
	if known && p.now().Sub(old.asked) < personFresh {
		return old, nil
	}
	found, err := p.look(ctx, id)
	if err != nil {
		if known {
			return old, nil
		}
		return person{}, err
	}
	found.asked = p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.known[id]; !known && len(p.known) >= peopleMax {
		for other := range p.known { // any of them
			delete(p.known, other)
			break
		}
	}
	p.known[id] = found
	return found, nil
}

// peek returns what is known of id, without asking.
func (p *people) peek(id string) (person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.known[id]
	return known, ok
}

// lookUp asks Slack who id is.
// https://docs.slack.dev/reference/methods/users.info
func (d *Desk) lookUp(ctx context.Context, id string) (person, error) {
	const op = "users.info"
	u, err := d.api.GetUserInfoContext(ctx, id)
	if err != nil {
		return person{}, d.fail(op, "", err)
	}
	if u.ID == "" {
		return person{}, temporary(op, errHalf)
	}
	return person{
		name:    first(u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name),
		real:    first(u.Profile.RealName, u.RealName, u.Profile.DisplayName, u.Name),
		team:    u.TeamID,
		teams:   u.Enterprise.Teams,
		app:     isApp(u),
		guest:   u.Deleted || u.IsRestricted || u.IsUltraRestricted,
		foreign: u.IsStranger,
	}, nil
}

// isApp reports whether u is no human being.
func isApp(u *slack.User) bool {
	return u.IsBot || u.IsWorkflowBot || u.IsConnectorBot || u.ID == "USLACKBOT"
}

// person returns who id is and why he is no agent. team is the workspace that the event says he is from, if it does.
// Somebody whom Slack does not show us is a stranger. Not knowing is an error: nobody is an agent by default.
func (d *Desk) person(ctx context.Context, self *identity, id, team string) (models.Person, string, error) {
	if id == "" {
		return models.Person{}, "", rejected("event of slack's", errNobody)
	}
	p, err := d.people.find(ctx, id)
	if err != nil {
		if e, ok := errors.AsType[*handover.DeskError](err); ok && e.Kind == handover.DeskRejected {
			return models.Person{ID: id}, refusedStranger, nil
		}
		return models.Person{}, "", temporary("look up the person", err)
	}
	return d.shown(id, p), self.refusal(p, team), nil
}

// refusal returns why p is no agent, "" if he is one.
func (id *identity) refusal(p person, team string) string {
	member := slices.Contains(p.teams, id.Team)
	switch {
	case p.app:
		return refusedApp
	case p.foreign, !member && (!id.home(team) || !id.home(p.team)):
		return refusedStranger
	case p.guest:
		return refusedGuest
	}
	return ""
}

// home reports whether team is our workspace or the organization that it belongs to. Nothing said is home.
func (id *identity) home(team string) bool {
	return team == "" || team == id.Team || (id.Enterprise != "" && team == id.Enterprise)
}

// names returns how a text names those whom it mentions: as the customer may see them. Who is not known is asked for
// while ctx lasts.
func (d *Desk) names(ctx context.Context) names {
	return func(id string) string {
		p, err := d.people.find(ctx, id)
		if err != nil {
			return ""
		}
		return d.shown(id, p).Name
	}
}

// shown returns id as the customer may see him.
func (d *Desk) shown(id string, p person) models.Person {
	name := p.real
	switch d.conf.AgentName {
	case NameTeam:
		name = d.teamName()
	case NameFirst:
		name, _, _ = strings.Cut(p.name, " ")
	}
	return models.Person{ID: id, Name: oneLine(name, 80)}
}

// teamName returns what agents are called when the customer may not see their names: the desk's name.
func (d *Desk) teamName() string {
	name := strings.Join(strings.FieldsFunc(d.deps.Name, func(r rune) bool { return r == '-' || r == '_' }), " ")
	if name == "" || name == "slack" {
		return "Support"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// agentName returns p as colleagues see him, in plain words.
func (d *Desk) agentName(p models.Person) string {
	if known, ok := d.people.peek(p.ID); ok && known.name != "" {
		return oneLine(known.name, 80)
	}
	if name := oneLine(p.Name, 80); name != "" {
		return name
	}
	return "an agent"
}

// first returns the first of names that is one.
func first(names ...string) string {
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	return ""
}

var errNobody = errors.New("the event names nobody")
