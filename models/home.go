package models

// Home is an agent's own page on a desk, once he has opened it. What stands there follows from the chats.
type Home struct {
	Desk   string `gorm:"primaryKey"`
	Person string `gorm:"primaryKey"`
	Opened Stamp  // when he looked at it last
	Shown  string // hash of what stands there; "" is not known
}

// TableName returns the table of homes.
func (Home) TableName() string { return "homes" }
