package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"patchbay/channels"
	"patchbay/gateway/internal/media"
)

const (
	// mediaMost is how many files are handed out at once: each is fetched from a platform meanwhile.
	mediaMost = 32
	// mediaFor bounds handing out one.
	mediaFor = 10 * time.Minute
)

// media hands out a file to whoever has its address, through us: the platforms' tokens never leave. A browser shows none of
// it in our name.
func (s server) media(c *gin.Context) {
	select {
	case s.handing <- struct{}{}:
		defer func() { <-s.handing }()
	default:
		c.Header("Retry-After", "5")
		plain(c, http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), mediaFor)
	defer cancel()
	f, err := s.o.Media(ctx, c.Param("token"))
	if err != nil {
		status := http.StatusServiceUnavailable
		if errors.Is(err, media.ErrLink) || channels.KindOf(err) == channels.Rejected {
			status = http.StatusNotFound
		}
		s.refused(c, status, err)
		plain(c, status)
		return
	}
	defer func() { _ = f.Body.Close() }()
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(mediaFor)) // a server without deadlines needs none
	h := c.Writer.Header()
	h.Set("Content-Type", f.MIME)
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "no-referrer")
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, f.Body); err != nil {
		s.o.Log.Info("file not handed out whole", "err", channels.Redact(err))
	}
}
