package postgres

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/swiperhq/swiper/social"
)

// swipedIDsSQL gives one array in place of thousands of rows, each of which would
// cost both sides a message. It reads the primary key only, in its order.
const swipedIDsSQL = `SELECT ARRAY(SELECT s.sid FROM swiped s WHERE s.uid = $1 ORDER BY s.sid)`

// SwipedIDs implements persistence.Swipes.
func (s *Store) SwipedIDs(ctx context.Context, uid social.UserID) ([]social.UserID, error) {
	rows, err := s.pool.Query(ctx, swipedIDsSQL, uid)
	if err != nil {
		return nil, translate(ctx, err)
	}
	defer rows.Close()
	var ids []social.UserID
	for rows.Next() {
		if ids, err = idsOf(rows.RawValues()[0]); err != nil {
			return nil, translate(ctx, err)
		}
	}
	return ids, translate(ctx, rows.Err())
}

// A bigint[] of one dimension on the wire: a head, then each element behind its length.
const (
	arrayHead    = 5 * 4 // dimensions, whether nulls, type, length, lower bound
	emptyArray   = 3 * 4 // no dimension
	arrayElement = 4 + 8
)

// idsOf decodes an array without nulls.
func idsOf(raw []byte) ([]social.UserID, error) {
	if len(raw) == emptyArray {
		return nil, nil
	}
	if len(raw) < arrayHead || (len(raw)-arrayHead)%arrayElement != 0 || binary.BigEndian.Uint32(raw[8:]) != pgtype.Int8OID {
		return nil, errors.New("no array of bigints")
	}
	raw = raw[arrayHead:]
	ids := make([]social.UserID, len(raw)/arrayElement)
	for i := range ids {
		ids[i] = social.UserID(binary.BigEndian.Uint64(raw[i*arrayElement+4:])) //nolint:gosec // as sent
	}
	return ids, nil
}
