package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"chaping/index"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/sheet"
)

// listCorrections answers GET /corrections: all of them, and how often people
// agreed with rules and categories.
func (s *Server) listCorrections(w http.ResponseWriter, _ *http.Request) error {
	if s.dir == nil {
		return noDataset
	}
	all := s.dir.Corrections()
	if all == nil {
		all = []correction.Correction{}
	}
	rules, categories := correction.Precisions(all)
	return reply(w, map[string]any{"corrections": all, "rules": rules, "categories": categories, "lexicon": s.lexicon()})
}

// correct answers POST /corrections: one correction or an array, all or none.
// They are on disk before the answer.
func (s *Server) correct(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var list []correction.Correction
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		err = strict(body, &list)
	} else {
		var one correction.Correction
		err = strict(body, &one)
		list = []correction.Correction{one}
	}
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return failAPI(http.StatusBadRequest, "no correction is there: send one or an array of them")
	}
	added, err := s.keep(r, list)
	if err != nil {
		return err
	}
	return reply(w, map[string]any{"corrections": added, "lexicon": s.lexicon()})
}

// strict reads a JSON value. A key that nothing is known of is an error: the sender
// believes that it does something.
func strict(body []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(to)
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = errors.New("something follows the JSON value")
		}
	}
	if err != nil {
		return failAPI(http.StatusBadRequest, "the body: %s", err)
	}
	return nil
}

// keep checks corrections, keeps them and brings the index up to them.
func (s *Server) keep(r *http.Request, list []correction.Correction) ([]correction.Correction, error) {
	if s.dir == nil {
		return nil, noDataset
	}
	var keys []string
	for _, c := range list {
		keys = append(keys, c.Key)
	}
	reviews, err := s.findAll(r, keys)
	if err != nil {
		return nil, err
	}
	return s.keepOn(reviews, list)
}

// keepOn is keep with the reviews at hand, by key. It applies the corrections to them.
func (s *Server) keepOn(reviews map[string]*dataset.Review, list []correction.Correction) ([]correction.Correction, error) {
	for i := range list {
		c := &list[i]
		if err := c.Validate(); err != nil {
			return nil, fail(http.StatusBadRequest, "correction %d: %s", "第 %d 条修改有误：%s", i+1, err)
		}
		if c.Category != "" && s.title(c.Category) == c.Category {
			return nil, fail(http.StatusBadRequest, "correction %d: no category is called %q", "第 %d 条修改有误：没有分类 %q", i+1, c.Category)
		}
		v := reviews[c.Key]
		if v == nil {
			return nil, fmt.Errorf("%w: %q", index.ErrNoReview, c.Key)
		}
		if c.Part == correction.FollowUp && v.FollowUp == nil {
			return nil, fail(http.StatusBadRequest, "correction %d: the review has no follow-up text", "第 %d 条修改有误：这条评价没有追评", i+1)
		}
		if c.Words != "" && !sheet.Quotes(textOf(v, c.Part), c.Words) {
			return nil, fail(http.StatusBadRequest, "correction %d: the text does not have the words %q: copy them from it", "第 %d 条修改有误：原文里没有“%s”，请从原文复制", i+1, c.Words)
		}
		v.Describe(c)
		v.Apply(*c)
		c.At = s.opt.Now()
	}
	added, err := s.dir.Correct(list...)
	if err != nil {
		return nil, err
	}
	return added, s.refresh()
}

// textOf is a text of a review, or both without a part.
func textOf(r *dataset.Review, part correction.Part) string {
	switch part {
	case correction.Text:
		return r.Record.Text
	case correction.FollowUp:
		return r.Record.FollowUp
	}
	return r.Record.Text + "\n" + r.Record.FollowUp
}

// refresh brings the index up to the corrections.
func (s *Server) refresh() error {
	return s.index.Correct(s.dir, s.indexOptions())
}

// undo answers DELETE /corrections/{seq}.
func (s *Server) undo(w http.ResponseWriter, r *http.Request) error {
	c, err := s.takeBack(r.PathValue("seq"))
	if err != nil {
		return err
	}
	return reply(w, map[string]any{"correction": c, "lexicon": s.lexicon()})
}

// takeBack undoes the correction with a number.
func (s *Server) takeBack(number string) (c correction.Correction, err error) {
	seq, err := seqOf(number)
	if err != nil {
		return c, err
	}
	if s.dir == nil {
		return c, noDataset
	}
	c, err = s.dir.UndoCorrection(seq)
	if errors.Is(err, correction.ErrUnknown) {
		return c, fail(http.StatusNotFound, "no correction has the number %d", "没有第 %d 号修改记录，可能已经撤销", seq)
	}
	if err != nil {
		return c, err
	}
	return c, s.refresh()
}

// undoBatch answers DELETE /corrections/batches/{batch}.
func (s *Server) undoBatch(w http.ResponseWriter, r *http.Request) error {
	list, err := s.takeBackBatch(r.PathValue("batch"))
	if err != nil {
		return err
	}
	return reply(w, map[string]any{"corrections": list, "lexicon": s.lexicon()})
}

// takeBackBatch undoes what is left of a batch.
func (s *Server) takeBackBatch(number string) ([]correction.Correction, error) {
	batch, err := seqOf(number)
	if err != nil {
		return nil, err
	}
	if s.dir == nil {
		return nil, noDataset
	}
	list, err := s.dir.UndoCorrections(batch)
	if errors.Is(err, correction.ErrUnknown) {
		return nil, fail(http.StatusNotFound, "no batch has the number %d", "没有第 %d 号批量修改，可能已经撤销", batch)
	}
	if err != nil {
		return nil, err
	}
	return list, s.refresh()
}

// seqOf reads the number of a correction or a batch.
func seqOf(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fail(http.StatusBadRequest, "%q is no number of a correction", "%q 不是修改记录的编号", text)
	}
	return n, nil
}
