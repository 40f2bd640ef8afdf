package patients

import "time"

// An Export is a file that was asked for.
type Export struct {
	Person       string
	List         string
	Format       string // xlsx or csv
	Columns      []string
	Deidentified bool
	Locale       string
	Expires      time.Time
}
