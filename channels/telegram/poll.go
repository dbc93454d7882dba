package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

const (
	// pollTimeout is how long a poll waits for updates: the most that the server allows.
	// https://core.telegram.org/bots/api#getupdates
	pollTimeout = 50 * time.Second
	// pollPatience is how long a poll may take in all, with room for a slow answer.
	pollPatience = pollTimeout + 15*time.Second
	// answerTimeout bounds one answer to a callback query.
	answerTimeout = 10 * time.Second
	// quick is how soon an answer without updates is no long poll: what answered would be asked again at once.
	quick = time.Second
	// forgets is how long without updates the server keeps counting them on from the last one. After a week it starts
	// anywhere: https://core.telegram.org/bots/api#update.
	forgets = 6 * 24 * time.Hour
)

// Poll fetches updates and hands them to handle. The offset, which tells Telegram what it may forget, moves only after
// handle has stored what came. In webhook mode Poll waits for the end of ctx. A webhook that is set is left alone: Poll
// ends with a Forbidden error that says whose it is.
func (a *adapter) Poll(ctx context.Context, handle func(context.Context, channels.Update) error) error {
	if a.webhook {
		<-ctx.Done()
		return nil
	}
	client, done := a.patient()
	defer done()
	p := &poller{adapter: a, client: client, handle: handle, last: a.now()}
	p.pause.InitialInterval, p.pause.MaxInterval = time.Second, time.Minute
	p.pause.Multiplier, p.pause.RandomizationFactor = 2, 0.2
	p.pause.Reset()
	defer p.answers.Wait()
	for ctx.Err() == nil {
		err := p.turn(ctx)
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			p.pause.Reset()
			continue
		}
		wait := max(p.pause.NextBackOff(), channels.RetryAfter(err))
		r := refused(err)
		switch {
		case r != nil && r.code == http.StatusConflict:
			if p.rival.stays(a.now()) {
				return channels.Errorf(channels.Forbidden, "telegram: another program polls with this token: stop it, or use another bot: %w", r)
			}
			wait = min(wait, rivalPause)
		case channels.KindOf(err) == channels.Forbidden:
			return err
		}
		a.log.Warn("polling waits", "kind", channels.KindOf(err).String(), "wait", wait, "err", err)
		sleep(ctx, wait)
	}
	return nil
}

// poller is one run of Poll.
type poller struct {
	*adapter
	client  *http.Client
	handle  func(context.Context, channels.Update) error
	pause   backoff.ExponentialBackOff
	rival   rival
	free    bool           // no webhook is set
	offset  int64          // the first update that is not stored
	last    time.Time      // when an update came
	answers sync.WaitGroup // answers to callback queries under way
}

// turn makes one poll and has its updates stored.
func (p *poller) turn(ctx context.Context) error {
	if !p.free {
		if err := p.unclaimed(ctx); err != nil {
			return err
		}
		p.free = true
	}
	if p.now().Sub(p.last) > forgets {
		p.offset = 0 // all that came before was confirmed by the polls since
	}
	began := p.now()
	raw, err := p.fetch(ctx)
	if err != nil {
		if r := refused(err); r != nil && r.says("webhook") {
			p.free = false // the next turn says whose it is
		}
		return err
	}
	if len(raw) == 0 {
		if p.now().Sub(began) < quick {
			sleep(ctx, quick)
		}
		return p.alive(ctx)
	}
	p.last = p.now()
	var update channels.Update
	var callbacks []string
	next := p.offset
	for _, one := range raw {
		h, err := p.read(one)
		if err != nil || h.id == 0 {
			p.log.Warn("update not understood and left out")
			continue
		}
		next = max(next, h.id+1)
		if h.inbound != nil {
			update.Inbound = append(update.Inbound, *h.inbound)
		}
		if h.callback != "" {
			callbacks = append(callbacks, h.callback)
		}
	}
	if next == p.offset {
		return channels.Errorf(channels.Temporary, "telegram: none of %d updates can be read", len(raw))
	}
	if len(update.Inbound) > 0 {
		if err := p.handle(ctx, update); err != nil {
			return &channels.Error{Kind: channels.Temporary, Err: unstored{err}}
		}
	}
	p.offset = next
	if len(callbacks) > 0 {
		p.answers.Go(func() { p.answer(ctx, callbacks) })
	}
	return nil
}

// alive says that polling works although it brought nothing.
func (p *poller) alive(ctx context.Context) error {
	if err := p.handle(ctx, channels.Update{}); err != nil && ctx.Err() == nil {
		p.log.Debug("sign of life not taken", "err", err)
	}
	return nil
}

// unstored is a failure of ours, not of Telegram's.
type unstored struct{ error }

func (u unstored) Error() string { return "updates not stored: " + u.error.Error() }

func (u unstored) Unwrap() error { return u.error }

// fetch makes the call.
func (p *poller) fetch(ctx context.Context) ([]json.RawMessage, error) {
	params := tgbotapi.Params{
		"timeout":         strconv.Itoa(int(pollTimeout / time.Second)),
		"allowed_updates": jsonOf(asked()),
	}
	if p.offset != 0 {
		params["offset"] = strconv.FormatInt(p.offset, 10)
	}
	raw, err := p.call(ctx, p.client, "getUpdates", params)
	if err != nil {
		return nil, err
	}
	var updates []json.RawMessage
	if err := json.Unmarshal(raw, &updates); err != nil {
		return nil, channels.Errorf(channels.Temporary, "telegram: answer to getUpdates is no list")
	}
	return updates, nil
}

// answer tells Telegram that the presses have arrived, so that the buttons stop waiting. Nobody is told of a failure:
// the press is stored, and after a while Telegram takes no answer any more.
// https://core.telegram.org/bots/api#answercallbackquery
func (p *poller) answer(ctx context.Context, callbacks []string) {
	for _, id := range callbacks {
		ctx, cancel := context.WithTimeout(ctx, answerTimeout)
		_, err := p.call(ctx, p.http, "answerCallbackQuery", tgbotapi.Params{"callback_query_id": id})
		cancel()
		if err != nil {
			p.log.Debug("callback query not answered", "err", err)
		}
	}
}
