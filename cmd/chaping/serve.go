package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/server"
)

type serveFlags struct {
	addr, data, industry, lexicon, tokenFile string
	maxRequests                              int
}

func serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve [--data DIR] [flags]",
		Short: "Offer classification, search and analyses over HTTP and in the browser",
		Long: `Serve answers on a loopback address: pages in Chinese at /, the API under /api/v1, described at /openapi.json.
Without --data it only classifies. Any other address needs --token-file, a file with lines such as
"read TOKEN" and "write TOKEN". SIGHUP reads the rules of --lexicon again; wrong rules are refused and the old
ones go on.`,
		Example: `  chaping serve --data shop --industry food
  curl -d '{"text":"太酸了","industry":"food"}' http://127.0.0.1:8650/api/v1/classify`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := c.Flags()
	fl.StringVar(&f.addr, "addr", "127.0.0.1:8650", "`ADDRESS` to listen on; port 0 takes a free one")
	fl.StringVar(&f.data, "data", "", "`DIR` of the dataset, made if there is none")
	fl.StringVarP(&f.industry, "industry", "i", "generic", "`INDUSTRY` of reviews that name none: "+industryNames)
	fl.StringVar(&f.lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	fl.StringVar(&f.tokenFile, "token-file", "", "`FILE` of tokens that give access")
	fl.IntVar(&f.maxRequests, "max-requests", 64, "requests at once; more get 429")
	return c
}

// run serves until the command is interrupted.
func (f *serveFlags) run(cmd *cobra.Command) (err error) {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return err
	}
	if err := checkIndustry(cls, f.industry); err != nil {
		return err
	}
	opt := server.Options{Industry: f.industry, Log: log, Now: time.Now, MaxRequests: f.maxRequests}
	if opt.Tokens, err = f.tokens(); err != nil {
		return err
	}
	var d *dataset.Dir
	var x *index.Index
	if f.data != "" {
		if d, err = dataset.Open(f.data, dataset.Write); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		if err := index.Sync(d, index.Options{Lexicon: cls.Lexicon(), Industry: f.industry}, func(int) {}); err != nil {
			return err
		}
		if x, err = index.Open(d); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, x.Close()) }()
	}
	var s *server.Server
	opt.Import = func(ctx context.Context, d *dataset.Dir, path, industry string) (server.ImportResult, error) {
		return f.importFile(ctx, d, path, industry)
	}
	if s, err = server.New(cls, d, x, opt); err != nil {
		return err
	}
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return err
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() && len(opt.Tokens) == 0 {
		return errors.Join(fmt.Errorf("--addr %s can be reached from other machines: give it --token-file, or listen on 127.0.0.1", f.addr), l.Close())
	}
	stop := f.reload(cmd.Context(), log, s)
	defer stop()
	fmt.Fprintf(cmd.OutOrStdout(), "chaping: listening on http://%s\n", l.Addr())
	return s.Serve(cmd.Context(), l)
}

// tokens reads the token file.
func (f *serveFlags) tokens() ([]server.Token, error) {
	if f.tokenFile == "" {
		return nil, nil
	}
	file, err := os.Open(f.tokenFile)
	if err != nil {
		return nil, err
	}
	tokens, err := server.ReadTokens(file)
	if err != nil {
		err = fmt.Errorf("%s: %w", f.tokenFile, err)
	}
	return tokens, errors.Join(err, file.Close())
}

// reload reads the rules again at each SIGHUP, until stop is called.
func (f *serveFlags) reload(ctx context.Context, log *slog.Logger, s *server.Server) (stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
				cls, err := f.classifier()
				if err != nil {
					log.Error("the new rules are refused, the old ones go on", slog.Any("error", err))
					continue
				}
				s.SetClassifier(cls)
				log.Info("rules read again", slog.String("lexicon", cls.Lexicon().Hash))
			}
		}
	}()
	return func() { signal.Stop(hup); cancel() }
}

// classifier reads the rules and makes the industry ready.
func (f *serveFlags) classifier() (*classifier.Classifier, error) {
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return nil, err
	}
	return cls, checkIndustry(cls, f.industry)
}

// importFile imports an upload as the import command would.
func (f *serveFlags) importFile(ctx context.Context, d *dataset.Dir, path, industry string) (server.ImportResult, error) {
	var talk bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	cmd.SetErr(&talk)
	cmd.SetOut(io.Discard)
	if industry == "" {
		industry = f.industry
	}
	im := importFlags{intakeFlags: intakeFlags{industry: industry, lexicon: f.lexicon}}
	folder := path[:strings.LastIndexByte(path, os.PathSeparator)+1] // of the upload, which is nobody's business
	im.hide = folder
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return server.ImportResult{}, err
	}
	added, known, err := im.into(cmd, d, cls, []string{path})
	if err != nil {
		return server.ImportResult{}, errors.New(strings.ReplaceAll(err.Error(), folder, ""))
	}
	return server.ImportResult{Added: added, Known: known, Talk: strings.ReplaceAll(talk.String(), folder, "")}, nil
}
