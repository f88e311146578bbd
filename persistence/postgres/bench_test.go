package postgres_test

import (
	"testing"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence/storetest"
)

func BenchmarkRecordSwipes(b *testing.B) {
	url, schema := testdb.Postgres(b)
	storetest.BenchmarkSwipes(b, migrated(b, url, schema, 0))
}

func BenchmarkInsertUsers(b *testing.B) {
	url, schema := testdb.Postgres(b)
	storetest.BenchmarkUsers(b, migrated(b, url, schema, 0))
}
