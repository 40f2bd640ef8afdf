// Command wardbridge is the whole product: gateway, authorization server,
// embedded FHIR stores and the commands that manage them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wardbridge/wardbridge/internal/cli"
)

// Set by the linker.
var version, date string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Process{
		Args: os.Args[1:], Lookup: os.LookupEnv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Version: version, Date: date,
	})
	stop()
	os.Exit(code)
}
