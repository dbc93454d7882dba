package app

import "github.com/prometheus/client_golang/prometheus"

// Registry returns what /metrics is made of.
func Registry(g *Gateway) *prometheus.Registry { return g.registry }
