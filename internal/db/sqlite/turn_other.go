//go:build !unix || solaris || illumos || aix

package sqlite

import (
	"errors"
	"os"
)

// tryLock has no lock to take here: writers go on without turns.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }

func unlock(*os.File) {}
