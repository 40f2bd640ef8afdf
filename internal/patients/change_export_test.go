package patients

// What tests of this package's behaviour reach of its inside.
var (
	Observe   = (*Service).observe
	Natural   = natural
	Alerts    = nameAlerts
	Sound     = sound
	Fold      = fold
	Guard     = guard
	ByBed     = byBed
	WordsOf   = wordsOf
	NewLook   = newLook
	Collapse  = collapse
	Gone      = gone
	Compare   = compare
	SortTodos = sortTodos
)

// A Difference is what one item of a cell became.
type Difference = difference
