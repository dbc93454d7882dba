package web

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Decoded is what a bare handler does with a call.
type Decoded struct {
	Into   func() any // returns a new value to decode the body into
	Status int        // what a body that is JSON is answered
}

// Bare returns a handler on the same router as New's that decodes the JSON body of a call and answers, by path. It is what
// the gateway's speed is compared with.
func Bare(paths map[string]Decoded) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	for path, d := range paths {
		engine.POST(path, func(c *gin.Context) {
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
			if err := json.NewDecoder(c.Request.Body).Decode(d.Into()); err != nil {
				plain(c, http.StatusBadRequest)
				return
			}
			c.Status(d.Status)
			c.Writer.WriteHeaderNow()
		})
	}
	return engine
}
