package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"chaping/classifier"
	"chaping/internal/server"
)

// lookEvery is how often the rule files are looked at. They are looked at, not
// watched: that works on any file system, and they are few and small.
const lookEvery = time.Second

// reload reads the rules again at each SIGHUP and when a rule file is no longer what
// it was when the rules were read, until stop is called.
func (f *serveFlags) reload(ctx context.Context, log *slog.Logger, s *server.Server, read rules) (stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	look := time.NewTicker(lookEvery)
	go func() {
		seen := read
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
				seen = f.rules()
			case <-look.C:
				before := seen
				if seen = f.rules(); seen == read || seen != before { // nothing new, or someone is still writing
					continue
				}
			}
			read = seen
			cls, err := f.readRules()
			if err != nil {
				log.Error("the new rules are refused, the old ones go on", slog.Any("error", err))
				continue
			}
			s.SetClassifier(cls)
			log.Info("rules read again", slog.String("lexicon", cls.Lexicon().Hash))
		}
	}()
	return func() { signal.Stop(hup); look.Stop(); cancel() }
}

// readRules reads rules that are to replace others: every industry must work.
func (f *serveFlags) readRules() (*classifier.Classifier, error) {
	cls, err := f.classifier()
	if err != nil {
		return nil, err
	}
	for _, id := range cls.Lexicon().IDs() {
		if _, err := cls.Classify(id, ""); err != nil {
			return nil, err
		}
	}
	return cls, nil
}

// rules is a checksum of the rule files.
type rules [sha256.Size]byte

// rules looks at the files in --lexicon. What cannot be read counts as gone:
// reading the rules says why.
func (f *serveFlags) rules() rules {
	h := sha256.New()
	if f.lexicon != "" {
		folder := os.DirFS(f.lexicon)
		names, _ := fs.Glob(folder, "*.yaml") // the pattern is right
		for _, name := range names {
			data, _ := fs.ReadFile(folder, name)
			fmt.Fprintf(h, "%q %q", name, data)
		}
	}
	return rules(h.Sum(nil))
}
