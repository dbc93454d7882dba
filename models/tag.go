package models

// Tag is a word that agents of a desk gave a customer at some time.
type Tag struct {
	Desk string `gorm:"primaryKey"`
	Tag  string `gorm:"primaryKey"`
	At   Stamp  // when it was given last
}
