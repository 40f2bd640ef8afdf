package patients

import "github.com/wardbridge/wardbridge/internal/chart"

// judge tells whether a record still is who an entry was when it was added.
// Another record number, or another family name and another birth date, is
// another person: what we wrote is hidden until someone has compared the two.
// A name that changed, as by marriage, or a birth date that was corrected, each
// alone, is the same person. What is not known on either side tells nothing.
func judge(was Fingerprint, is chart.Identity) State {
	now := fingerprint(is)
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	switch {
	case is.Replaced != "":
		return StateMerged
	case differ(mrnKey(was.MRN), mrnKey(now.MRN)):
		return StateMismatch
	case differ(fold(was.Family), fold(now.Family)) && differ(was.Born, now.Born):
		return StateMismatch
	}
	return StateOK
}
