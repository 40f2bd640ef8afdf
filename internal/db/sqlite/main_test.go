package sqlite

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

func TestMain(m *testing.M) { await.Main(m) }
