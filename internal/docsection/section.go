// Package docsection replaces one part of a document that several tests write:
// what stands between <!-- begin NAME --> and <!-- end NAME -->.
//
// Only tests use it.
package docsection

import (
	"bytes"
	"fmt"
	"os"
)

// Write replaces the section name of the file by body. A file without the
// section is an error.
func Write(file, name string, body []byte) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := []byte("<!-- begin "+name+" -->\n"), []byte("<!-- end "+name+" -->")
	i := bytes.Index(text, begin)
	j := bytes.Index(text, end)
	if i < 0 || j < i {
		return fmt.Errorf("%s has no section %q", file, name)
	}
	out := append(bytes.Clone(text[:i+len(begin)]), body...)
	return os.WriteFile(file, append(out, text[j:]...), 0o644) //nolint:gosec // a document, for everyone to read
}
