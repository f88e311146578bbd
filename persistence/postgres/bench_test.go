package postgres_test

import (
	"testing"

	"github.com/swiperhq/swiper/internal/teststore"
	"github.com/swiperhq/swiper/persistence/storetest"
)

func BenchmarkRecordSwipes(b *testing.B) { storetest.BenchmarkSwipes(b, teststore.Postgres(b)) }

func BenchmarkInsertUsers(b *testing.B) { storetest.BenchmarkUsers(b, teststore.Postgres(b)) }
