package store

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"patchbay/models"
)

// PutTags notes which tags agents of a desk gave a customer.
func (t *Tx) PutTags(desk string, tags []string, at models.Stamp) error {
	rows := make([]models.Tag, 0, len(tags))
	for _, tag := range tags {
		rows = append(rows, models.Tag{Desk: desk, Tag: tag, At: at})
	}
	if len(rows) == 0 {
		return nil
	}
	err := t.state.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "desk"}, {Name: "tag"}}, DoUpdates: clause.AssignmentColumns([]string{"at"}),
	}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("save tags: %w", err)
	}
	return nil
}

// Tags reads up to n tags that agents of a desk gave customers, the latest first.
func (s *Store) Tags(ctx context.Context, desk string, n int) (tags []string, err error) {
	err = s.reader.WithContext(ctx).Model(&models.Tag{}).Where("desk = ?", desk).Order("at DESC").Limit(n).Pluck("tag", &tags).Error
	if err != nil {
		return nil, fmt.Errorf("load tags: %w", err)
	}
	return tags, nil
}
