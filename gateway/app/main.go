package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// The exit codes.
const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 2
)

// Main runs the program with the arguments behind its name and returns its exit code: 0, 1 for a fault, 2 for a wrong
// call. It takes SIGINT and SIGTERM; a second one kills the process.
func Main(args []string, kit Kit) int {
	ctx, end := context.WithCancel(context.Background())
	defer end()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals) // first: from here on a signal has its usual effect
			end()
		case <-ctx.Done():
		}
	}()
	return Run(ctx, args, kit, os.Stdout, os.Stderr)
}

// Run is Main without signals: it ends when ctx does.
func Run(ctx context.Context, args []string, kit Kit, stdout, stderr io.Writer) int {
	p := &program{kit: kit, out: stdout, err: stderr}
	root := p.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errTold):
		return exitFault
	}
	if p.ran {
		fmt.Fprintf(stderr, "%s: %v\n", kit.name(), err)
		return exitFault
	}
	fmt.Fprintf(stderr, "%s: %v\nRun %s --help for what it takes.\n", kit.name(), err, kit.name())
	return exitUsage
}

// errTold ends a command whose output has told the fault already.
var errTold = errors.New("fault")

// program is one call of the program.
type program struct {
	kit      Kit
	out, err io.Writer
	ran      bool // the call itself was right
}

func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   p.kit.name(),
		Short: "A gateway between messaging apps, a bot, and your people in Slack",
		Long: "Patchbay brings the messages of every app into one durable stream. A bot answers first; when a customer asks\n" +
			"for a person or the bot breaks, the chat becomes a thread in Slack, and goes back to the bot when it is resolved.",
		Example:       "  patchbay demo\n  patchbay check --config config.toml --online\n  patchbay serve --config config.toml",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              cobra.NoArgs,
	}
	root.AddCommand(p.serve(), p.check(), p.demo(), p.eval(), p.send(), p.manifest(), p.backup(), p.copy(), p.bench())
	var verbs []string
	for _, cmd := range append(root.Commands(), root) {
		cmd.Example = strings.ReplaceAll(cmd.Example, "  patchbay ", "  "+p.kit.name()+" ")
		if cmd != root {
			verbs = append(verbs, cmd.Name())
		}
	}
	root.RunE = func(*cobra.Command, []string) error {
		return fmt.Errorf("say what to do: %s", strings.Join(verbs, ", "))
	}
	return root
}

// run wraps a command's work: what fails from there on is no wrong call.
func (p *program) run(fn func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		p.ran = true
		return fn(cmd.Context(), args)
	}
}

// logger logs to standard error: as text for a person, as JSON for a machine.
func (p *program) logger() *slog.Logger {
	if f, ok := p.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) { // #nosec G115 -- a file descriptor
		return slog.New(slog.NewTextHandler(p.err, nil))
	}
	return slog.New(slog.NewJSONHandler(p.err, nil))
}

// configFlag adds --config.
func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "config", "c", "config.toml", "the config file")
}

// load reads the config. Its faults are told, one a line.
func (p *program) load(file string) (*Config, error) { return p.told(Load(file, p.kit)) }

// loadLoosely reads a config whose desk has no tokens yet: its manifest is needed to get them.
func (p *program) loadLoosely(file string) (*Config, error) {
	l := newLoader(file, p.kit)
	l.loose = true
	return p.told(l.load())
}

func (p *program) told(conf *Config, err error) (*Config, error) {
	if faults := Faults(err); faults != nil {
		for _, f := range faults {
			fmt.Fprintln(p.err, f.Error())
		}
		return nil, errTold
	}
	return conf, err
}
