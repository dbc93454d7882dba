package models

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Location is a place on the map that somebody sent.
type Location struct {
	Latitude  float64 `json:"latitude"`  // degrees, -90 to 90
	Longitude float64 `json:"longitude"` // degrees, -180 to 180
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
	Live      bool    `json:"live,omitempty"` // it moves on: this is where it was
}

// Valid reports whether the place is on Earth.
func (l Location) Valid() bool {
	return math.Abs(l.Latitude) <= 90 && math.Abs(l.Longitude) <= 180
}

// Map returns an address that shows the place: https://wiki.openstreetmap.org/wiki/Browsing#Sharing_a_link_to_the_maps.
func (l Location) Map() string {
	at := degrees(l.Latitude) + "/" + degrees(l.Longitude)
	return "https://www.openstreetmap.org/?mlat=" + degrees(l.Latitude) + "&mlon=" + degrees(l.Longitude) + "#map=17/" + at
}

// Line returns the place in words: "[location 44.8125,20.4612: Kalemegdan, Belgrade]", with the address of a map behind.
func (l Location) Line() string {
	word := "location "
	if l.Live {
		word = "live location "
	}
	word += degrees(l.Latitude) + "," + degrees(l.Longitude)
	if called := listed(l.Name, l.Address); called != "" {
		word += ": " + called
	}
	return "[" + word + "] " + l.Map()
}

// degrees returns an angle as maps take it.
func degrees(angle float64) string { return strconv.FormatFloat(angle, 'f', -1, 64) }

// Card is somebody's contact that was sent.
type Card struct {
	Name   string   `json:"name,omitempty"`
	Org    string   `json:"org,omitempty"`
	Phones []string `json:"phones,omitempty"`
	Emails []string `json:"emails,omitempty"`
	Own    bool     `json:"own,omitempty"` // the sender's own, as the platform vouches
}

// Line returns the card in words: "[contact Ann Lee, Acme, +44 20 7946 0000]".
func (c Card) Line() string {
	word := "contact"
	if c.Own {
		word = "own contact"
	}
	said := append([]string{c.Name, c.Org}, c.Phones...)
	if all := listed(append(said, c.Emails...)...); all != "" {
		word += " " + all
	}
	return "[" + word + "]"
}

// Forward says that somebody else wrote a message first.
type Forward struct {
	From string `json:"from,omitempty"` // who, if the platform tells
	Many bool   `json:"many,omitempty"` // it went through many hands
}

// Line returns f in words: "[forwarded from Ann Lee]".
func (f Forward) Line() string {
	switch from := oneLine(f.From); {
	case from != "":
		return fmt.Sprintf("[forwarded from %s]", from)
	case f.Many:
		return "[forwarded many times]"
	}
	return "[forwarded]"
}

// listed joins what is not empty with commas, on one line.
func listed(items ...string) string {
	var said []string
	for _, item := range items {
		if item = oneLine(item); item != "" {
			said = append(said, item)
		}
	}
	return strings.Join(said, ", ")
}
