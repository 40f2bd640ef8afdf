// Package ui holds the built pages of the Patients app, which the program
// carries in itself. Their sources are beside it, in TypeScript; `make ui`
// builds them. Without a build the package is empty, and the server says so.
package ui
