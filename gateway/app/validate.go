package app

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"patchbay/channels"
)

// check finds what is wrong with sections, and between them.
func (l *loader) check() {
	l.checkServer()
	l.checkHandover()
	for _, b := range l.conf.Bots {
		if b.Config == nil {
			continue // its kind is not known
		}
		for _, p := range b.Config.Validate() {
			l.problem(b.path, p.Key, p.Text, p.Warning)
		}
	}
	l.checkDesks()
	accounts := map[string]string{}
	for _, ch := range l.conf.Channels {
		l.checkChannel(ch, accounts)
	}
	l.checkReach()
	if len(l.conf.Channels) == 0 {
		l.warn("channels", "no channel is set up, so nobody can write")
	}
}

func (l *loader) checkDesks() {
	accounts := map[string]string{}
	for _, d := range l.conf.Desks {
		if d.Config == nil {
			continue
		}
		for _, p := range d.kind.spec.Validate(d.Config) {
			l.problem(d.path, p.Key, p.Text, p.Warning)
		}
		if d.kind.spec.Account == nil {
			continue
		}
		account := d.kind.Kind + "/" + d.kind.spec.Account(d.Config)
		if other := accounts[account]; other != "" {
			l.fault(d.path, "is the same account as %s, and the platform tells only one of them what agents do", other)
		}
		accounts[account] = d.path
	}
}

// defaultDesks names the sections of which one must be there for channels that name no desk.
func (l *loader) defaultDesks() string {
	sections := kindsOf(l.kit.Desks, func(k DeskKind) string { return "[" + k.Kind + "]" })
	return strings.Join(sections, " or ")
}

func (l *loader) problem(path, key, text string, warning bool) {
	if warning {
		l.warn(join(path, key), "%s", text)
		return
	}
	l.fault(join(path, key), "%s", text)
}

func (l *loader) checkServer() {
	s := l.conf.Server
	for _, a := range []struct{ key, value string }{{"listen", s.Listen}, {"admin", s.Admin}} {
		if a.value == "" && a.key == "admin" {
			continue
		}
		if _, port, err := net.SplitHostPort(a.value); err != nil || !isPort(port) {
			l.fault("server."+a.key, "is not an address such as 127.0.0.1:8080")
		}
	}
	if s.Listen != "" && s.Listen == s.Admin && !strings.HasSuffix(s.Listen, ":0") {
		l.fault("server.admin", "is the same address as listen")
	}
	if s.PublicURL != "" {
		u, err := url.Parse(s.PublicURL)
		switch {
		case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
			l.fault("server.public_url", "is not an address such as https://chat.example.com")
		case u.Path != "" && u.Path != "/":
			l.fault("server.public_url", "has a path; the paths of the channels are fixed")
		case u.Scheme == "http":
			l.warn("server.public_url", "is not https: no platform calls it")
		}
	}
	if hook := s.OpsWebhook.Reveal(); hook != "" && !webAddress(hook) {
		l.fault("server.ops_webhook", "is not an http or https address")
	}
	scheme, rest, _ := strings.Cut(l.conf.Store.URL.Reveal(), "://")
	if (scheme != "sqlite" && scheme != "postgres" && scheme != "postgresql") || rest == "" {
		l.fault("store.url", "is neither sqlite://PATH nor postgres://USER:PASSWORD@HOST/DATABASE")
	} else if scheme == "sqlite" {
		l.checkFile("store.url", rest)
	}
	if l.conf.Store.Keep.Duration < 0 {
		l.fault("store.keep", "is negative")
	}
}

// checkReach warns when platforms have to call us and the config does not say where, and when what is for the operator
// alone can be reached from outside.
func (l *loader) checkReach() {
	var called []string
	for _, ch := range l.conf.Channels {
		if c, ok := ch.Config.(channels.Called); ok && c.Called() && ch.Config.Shared().On() {
			called = append(called, ch.path)
		}
	}
	for _, d := range l.conf.Desks {
		if d.Config != nil && d.kind.spec.Called(d.Config) {
			called = append(called, d.path)
		}
	}
	said := slices.ContainsFunc(l.faults, func(f Fault) bool { return f.Path == "server.public_url" })
	if l.conf.Server.PublicURL == "" && len(called) > 0 && !said {
		l.warn("server.public_url", "is not set, and the platform of %s has to call us: its address belongs here", strings.Join(called, ", "))
	}
	host, _, err := net.SplitHostPort(l.conf.Server.Admin)
	if ip := net.ParseIP(host); err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		l.warn("server.admin", "can be reached from other machines, and asks for no password: keep it on 127.0.0.1, or behind a firewall")
	}
}

// checkFile finds out whether a file could be made at path.
func (l *loader) checkFile(key, path string) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		l.fault(key, "%s is a folder", path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		l.fault(key, "there is no folder %s", filepath.Dir(path))
	}
}

// isPort reports whether a listener takes port: a number, 0 for any that is free.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (l *loader) checkHandover() {
	h := l.conf.Handover
	if h.BreakAfter < 1 {
		l.fault("handover.break_after", "is below 1")
	}
	if h.Breaker < 0 {
		l.fault("handover.breaker", "is negative; 0 is off")
	}
	if h.MinConfidence < 0 || h.MinConfidence > 1 {
		l.fault("handover.min_confidence", "is not between 0 and 1")
	}
	if h.Reopen.Duration < 0 {
		l.fault("handover.reopen", "is negative")
	}
	if h.GiveUp.Duration <= 0 {
		l.fault("handover.give_up", "is not above 0")
	}
	if h.Language == "" {
		l.fault("handover.language", "is empty")
	}
}

func (l *loader) checkChannel(ch ChannelSection, accounts map[string]string) {
	path := ch.path
	for _, p := range ch.Config.Validate() {
		l.problem(path, p.Key, p.Text, p.Warning)
	}
	common := ch.Config.Shared()
	for key, rate := range map[string]float64{"rate": common.Rate, "chat_rate": common.ChatRate} {
		if rate < 0 {
			l.fault(join(path, key), "is negative")
		}
	}
	if account := ch.Config.Account(ch.Name); account != "" {
		key := ch.Kind + "/" + account
		if other := accounts[key]; other != "" {
			l.fault(path, "is the same account as %s", other)
		}
		accounts[key] = path
	}
	if _, ok := l.conf.BotFor(common.Bot); !ok {
		if common.Bot == "" {
			l.fault(path+".bot", "there is no [bot] to answer; kind = \"none\" gives every chat to agents")
		} else {
			l.fault(path+".bot", "there is no [bots.%s]", common.Bot)
		}
	}
	if _, ok := l.conf.DeskFor(common.Desk); !ok {
		if common.Desk == "" {
			l.fault(path+".desk", "there is no %s to hand over to", l.defaultDesks())
		} else {
			l.fault(path+".desk", "there is no [desks.%s]", common.Desk)
		}
	}
}
