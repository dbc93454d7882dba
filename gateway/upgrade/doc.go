// Package upgrade upgrades a running gateway and rolls it back, under load, on both databases. It has tests only, which
// .ci/upgrade runs with the last release; by itself it takes this release for both.
package upgrade
