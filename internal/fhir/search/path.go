package search

import "strings"

// A path is a walk from a resource to the values of a parameter. Arrays are
// walked element by element; no step is the value itself.
type path []pathStep

// A pathStep is a member's name, and perhaps what a member of it must say.
type pathStep struct{ name, filter, value string }

// parsePaths reads paths separated by |, such as
// "telecom[system=phone]|effectivePeriod.start". Brackets may hold dots.
func parsePaths(s string) []path {
	var out []path
	for alt := range strings.SplitSeq(s, "|") {
		if alt == "" {
			continue
		}
		p := path{}
		for alt != "" && alt != "." {
			end := strings.IndexAny(alt, ".[")
			if end < 0 {
				p = append(p, pathStep{name: alt})
				break
			}
			st := pathStep{name: alt[:end]}
			if alt[end] == '[' {
				inner, rest, _ := strings.Cut(alt[end+1:], "]")
				st.filter, st.value, _ = strings.Cut(inner, "=")
				alt = strings.TrimPrefix(rest, ".")
			} else {
				alt = alt[end+1:]
			}
			p = append(p, st)
		}
		out = append(out, p)
	}
	return out
}
