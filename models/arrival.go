package models

// Arrival is what a customer did, as it came: before it is in the lane of its conversation.
type Arrival struct {
	Channel   string   `json:"channel"`   // the section that received it
	Account   string   `json:"account"`   // of the platform
	Addresses []string `json:"addresses"` // by which the platform knows the customer
	Key       string   `json:"key"`       // a repeat has the same one
	Event     Event    `json:"event"`
}
