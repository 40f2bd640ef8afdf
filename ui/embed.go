package ui

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// App is what the build made: patients.html, hashed assets, and the manifest
// .vite/manifest.json. It is nil when the pages are not built.
func App() fs.FS {
	app, err := fs.Sub(dist, "dist/app")
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(app, ".vite/manifest.json"); err != nil {
		return nil
	}
	return app
}
