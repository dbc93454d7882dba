package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"patchbay/models/store"
)

func (p *program) backup() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Write all that the database has into a file, while the gateway runs", Args: cobra.ExactArgs(1),
		Long: "Writes the database of [store] url, as it is at one instant, into a new SQLite file. The gateway may run\n" +
			"meanwhile. The file is there when all of it is on disk, or not at all, and only its owner may read it.\n" +
			"To go back to it, put it where [store] url says; for PostgreSQL, copy it there.",
		Example: "  patchbay backup --config config.toml backup.db",
	}
	configFlag(cmd, &file)
	cmd.RunE = p.run(func(ctx context.Context, args []string) error {
		conf, err := p.loadLoosely(file) // who makes backups need not have the platforms' tokens
		if err != nil {
			return err
		}
		url := conf.Store.URL.Reveal()
		if strings.HasPrefix(url, unresolved) {
			return errors.New("store.url: what it stands for is not set here")
		}
		size, err := store.Backup(ctx, url, args[0], p.progress())
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already; a backup does not go over another file", args[0])
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s: %s\n", args[0], bytesOf(size))
		return err
	})
	return cmd
}

func (p *program) copy() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "copy --from URL --to URL", Short: "Carry all that one database has into another", Args: cobra.NoArgs,
		Long: "Carries every row of one database into another that is empty: a SQLite file that is not there yet, or a\n" +
			"PostgreSQL database without rows of Patchbay. No gateway may run on either of them. It is all there at the\n" +
			"end, or nothing. A URL may be env:NAME or file:PATH, so that no password stands in the list of processes.",
		Example: "  patchbay copy --from sqlite://patchbay.db --to env:STORE_URL\n" +
			"  patchbay copy --from postgres://patchbay@db.example.com/patchbay --to sqlite://patchbay.db",
		PreRunE: func(*cobra.Command, []string) error {
			if from == "" || to == "" {
				return errors.New("copy takes --from and --to")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the database to read: sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE")
	cmd.Flags().StringVar(&to, "to", "", "the database to fill")
	cmd.RunE = p.run(func(ctx context.Context, _ []string) error {
		urls := newLoader("", p.kit) // a path is relative to where we are
		source, _ := urls.resolve(from, "--from")
		target, _ := urls.resolve(to, "--to")
		if len(urls.faults) > 0 {
			return fmt.Errorf("%s: %s", urls.faults[0].Path, urls.faults[0].Text)
		}
		begin := time.Now()
		done, err := store.Copy(ctx, source, target, p.progress())
		if err != nil {
			return err
		}
		if done.Mended > 0 {
			fmt.Fprintf(p.err, "%s had characters that PostgreSQL does not store; \uFFFD stands in their place\n", count(int(done.Mended), "text"))
		}
		_, err = fmt.Fprintf(p.out, "copied %s in %.1f s: %s\n", count(int(done.Rows()), "row"), time.Since(begin).Seconds(), listed(done))
		return err
	})
	return cmd
}

// listed returns the tables with their rows.
func listed(done store.Copied) string {
	var all []string
	for _, t := range done.Tables {
		if t.Total > 0 {
			all = append(all, fmt.Sprintf("%d %s", t.Total, t.Table))
		}
	}
	if len(all) == 0 {
		return "the database is empty"
	}
	return strings.Join(all, ", ")
}

// tellAgain is how often a long copy says how far it is.
const tellAgain = time.Second

// progress tells on standard error how far a copy is.
func (p *program) progress() func(store.Progress) {
	last := time.Now()
	return func(at store.Progress) {
		if time.Since(last) >= tellAgain {
			last = time.Now()
			fmt.Fprintf(p.err, "%s: %d of %d\n", at.Table, at.Done, at.Total)
		}
	}
}

// bytesOf returns a size in words.
func bytesOf(n int64) string {
	const step = 1000
	size, units := float64(n), []string{"bytes", "kB", "MB", "GB", "TB"}
	for size >= step && len(units) > 1 {
		size, units = size/step, units[1:]
	}
	if units[0] == "bytes" {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[0])
}
