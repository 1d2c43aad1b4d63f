// Command chaping says which problems the reviews of a shop complain about.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes, as `chaping --help` says.
const (
	exitOK    = 0
	exitCheck = 1 // a check that the user asked for failed
	exitError = 2
)

// grace is how long the program may take to end in good order once it is told
// to: a read from a terminal or a pipe cannot be interrupted, and some steps of
// an analysis are not.
const grace = 3 * time.Second

// errCheck marks a failed check.
var errCheck = errors.New("check failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the program at once
		time.Sleep(grace)
		fmt.Fprintln(os.Stderr, "chaping: interrupted: it was still waiting for input or computing; the result is not written")
		os.Exit(exitError)
	})
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "chaping",
		Short:         "Says which problems Chinese e-commerce reviews complain about, with the words that prove it",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(classifyCommand(), inspectCommand(), ordersCommand(), crosstabCommand(), dsrCommand(), reportCommand(), worklistCommand(), compareCommand(), watchCommand(), importCommand(), searchCommand(), reindexCommand(), checkCommand(), relabelCommand(), correctCommand(), serveCommand(), demoCommand(), evalCommand(), lexiconCommand())
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitOK
	case errors.Is(err, errCheck):
		fmt.Fprintln(stderr, "chaping:", err)
		return exitCheck
	}
	fmt.Fprintln(stderr, "chaping:", err)
	return exitError
}
