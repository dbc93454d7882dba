package models

// Agent is what is known of somebody who answers customers on a desk, beside his chats. There is a row for each who has said
// once that he is away.
type Agent struct {
	Desk   string `gorm:"primaryKey"`
	Person string `gorm:"primaryKey"` // the desk's id of him
	Name   string
	Away   Stamp // since when he is; 0 while he is here
	Passed Stamp // when he gave all his chats to the team, until that is done; 0 while there is nothing to do

	// Handed are handovers that the team has again from him and was not told of yet.
	Handed []string `gorm:"serializer:json"`
}
