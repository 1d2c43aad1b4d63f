package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"chaping/classifier"
	"chaping/index"
	"chaping/internal/dataset"
	"chaping/internal/names"
	"chaping/internal/server"
)

type serveFlags struct {
	addr, data, industry, lexicon, tokenFile string
	maxRequests                              int
	maxRate                                  float64
}

func serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve [--data DIR] [flags]",
		Short: "Offer classification, search and analyses over HTTP and in the browser",
		Long: `Serve answers on a loopback address: pages in Chinese at /, the API under /api/v1, described at /openapi.json.
Without --data it only classifies. Any other address needs --token-file, a file with lines such as
"read TOKEN" and "write TOKEN". When a file of --lexicon changes, and at SIGHUP, the rules are read again; wrong
rules are refused and the old ones go on. Labels that are kept stay as they are: see chaping relabel.`,
		Example: `  chaping serve --data shop --industry food
  curl -d '{"text":"太酸了","industry":"food"}' http://127.0.0.1:8650/api/v1/classify`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := c.Flags()
	fl.StringVar(&f.addr, "addr", "127.0.0.1:8650", "`ADDRESS` to listen on; port 0 takes a free one")
	fl.StringVar(&f.data, "data", "", "`DIR` of the dataset, made if there is none")
	registerIndustry(fl, &f.industry)
	fl.StringVar(&f.lexicon, "lexicon", "", "`DIR` with rule files laid over the built-in ones")
	fl.StringVar(&f.tokenFile, "token-file", "", "`FILE` of tokens that give access")
	fl.IntVar(&f.maxRequests, "max-requests", 64, "requests at once, and half as many streams and uploads; more get 429")
	fl.Float64Var(&f.maxRate, "max-rate", 0, "requests a second of one token or, before it is known, of one address; more get 429 (default: 200 with --token-file, else no limit)")
	return c
}

// run serves until the command is interrupted.
func (f *serveFlags) run(cmd *cobra.Command) (err error) {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	if f.maxRequests < 1 || f.maxRate < 0 {
		return errors.New("--max-requests must be 1 at least, --max-rate not below 0")
	}
	var d *dataset.Dir
	if f.data != "" {
		if d, err = dataset.Open(f.data, dataset.Write); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
	}
	settleIndustry(&f.industry, d)
	read := f.rules()
	cls, err := f.classifier()
	if err != nil {
		return err
	}
	opt := server.Options{Industry: f.industry, Log: log, Now: time.Now, MaxRequests: f.maxRequests, Import: f.importUpload, Load: loadOver(f.lexicon)}
	if opt.Tokens, err = f.tokens(); err != nil {
		return err
	}
	if opt.MaxRate = f.maxRate; opt.Tokens != nil && !cmd.Flags().Changed("max-rate") {
		opt.MaxRate = 200
	}
	var x *index.Index
	if d != nil {
		if x, err = index.OpenSynced(d, index.Options{Lexicon: cls.Lexicon(), Industry: f.industry}, func(int) {}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, x.Close()) }()
	}
	s, err := server.New(cls, d, x, opt)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return err
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() && len(opt.Tokens) == 0 {
		return errors.Join(fmt.Errorf("--addr %s can be reached from other machines: give it --token-file, or listen on 127.0.0.1", f.addr), l.Close())
	}
	defer f.reload(cmd.Context(), log, s, read)()
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

// classifier reads the rules and makes the industry ready.
func (f *serveFlags) classifier() (*classifier.Classifier, error) {
	cls, err := newClassifier(f.lexicon)
	if err != nil {
		return nil, err
	}
	return cls, checkIndustry(cls, f.industry)
}

// importUpload imports an upload as the import command would.
func (f *serveFlags) importUpload(ctx context.Context, cls *classifier.Classifier, d *dataset.Dir, u server.Upload) (server.ImportResult, error) {
	var talk bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	cmd.SetErr(&talk)
	cmd.SetOut(io.Discard)
	folder := u.Folder + string(os.PathSeparator) // is nobody's business
	im := importFlags{
		intakeFlags: intakeFlags{industry: cmp.Or(names.Industry(u.Industry), f.industry), columns: u.Columns, orders: u.Orders},
		hide:        folder,
		seen:        u.Seen,
	}
	r, err := im.into(cmd, d, cls, u.Files)
	if err != nil {
		return r, errors.New(strings.ReplaceAll(err.Error(), folder, ""))
	}
	for i := range r.Rejects {
		r.Rejects[i].File = strings.TrimPrefix(r.Rejects[i].File, folder)
	}
	r.Talk = strings.ReplaceAll(talk.String(), folder, "")
	return r, nil
}
