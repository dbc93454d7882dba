package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"patchbay/gateway/bots"
	"patchbay/gateway/internal/media"
	"patchbay/models"
)

// Hosted is a section whose addresses name hosts that are trusted with files too, loopback included.
type Hosted interface {
	// Hosts returns them as they stand in the addresses: "bot.example.com", "127.0.0.1:5005".
	Hosts() []string
}

// trusts reports whether a bot's section names the host.
func (g *Gateway) trusts(host string) bool {
	g.mu.Lock()
	conf := g.conf
	g.mu.Unlock()
	if conf == nil {
		return false
	}
	return slices.ContainsFunc(conf.Bots, func(s BotSection) bool {
		h, ok := s.Config.(Hosted)
		return ok && slices.ContainsFunc(h.Hosts(), func(one string) bool { return strings.EqualFold(one, host) })
	})
}

// newLinks returns the addresses of files, nil if the gateway has no public one. Their key is the installation's, in the
// database, so that all copies and the next start know it.
func (g *Gateway) newLinks(ctx context.Context, conf *Config) (*media.Links, error) {
	if conf.Server.PublicURL == "" {
		return nil, nil //nolint:nilnil // none is what there is
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("links: %w", err)
	}
	key, err := g.store.Settle(ctx, "media_key", hex.EncodeToString(fresh))
	if err != nil {
		return nil, fmt.Errorf("links: %w", err)
	}
	return media.NewLinks(publicAddress(conf.Server.PublicURL, ""), key)
}

// takes returns the kinds of files that a bot takes.
func takes(c *bots.Common) (kinds []models.AttachmentKind) {
	for _, kind := range []models.AttachmentKind{models.Image, models.Video, models.Voice, models.Audio, models.File, models.Sticker} {
		if c.Takes(kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
