package pipeline

import (
	"context"
	"errors"
	"io"
	"sync"

	"chaping/internal/review"
)

// A batch is what a worker takes at a time: enough to make the hand-over cheap,
// and bounded in text, so that long reviews do not pile up.
const (
	batchSize  = 256       // records
	batchBytes = 256 << 10 // of text
)

// Steps are what Run does with each record.
type Steps[T any] struct {
	// Read gives the next record: io.EOF at the end, a *[review.RowError] for
	// a row that could not be read. It is called by one goroutine.
	Read func() (review.Record, error)
	// Work is called by several goroutines at once, for the i-th record read,
	// counted from 0. A *[review.RowError] rejects the record.
	Work func(i int, r *review.Record) (T, error)
	// Emit gets the results in input order, from one goroutine.
	Emit func(T) error
	// Reject gets the rows that could not be read or worked on, in input
	// order, from the same goroutine as Emit. An error ends the run.
	Reject func(*review.RowError) error
}

// item is a record on its way, or what came of it.
type item[T any] struct {
	record review.Record
	reject *review.RowError
	result T
}

type batch[T any] struct {
	first int // number of the first record
	items []item[T]
	err   error // final, after the items
	done  chan struct{}
}

// Run reads, works with the given number of goroutines and emits in input
// order. At any time it holds a bounded number of records and little more than
// a bounded amount of text. It returns the first error that is not a rejected
// row, or the context's; in the latter case a Read that blocks goes on alone.
func Run[T any](ctx context.Context, workers int, steps Steps[T]) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	todo := make(chan *batch[T], workers)
	ordered := make(chan *batch[T], 4*workers)
	for range workers {
		wg.Go(func() {
			for {
				select {
				case b, ok := <-todo:
					if !ok {
						return
					}
					b.work(steps.Work)
					close(b.done)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		defer close(todo)
		read := 0
		for {
			b := readBatch[T](steps.Read)
			b.first = read
			read += b.records()
			last := b.err != nil // the batch is the worker's once it is sent
			select {
			case ordered <- b:
			case <-ctx.Done():
				return
			}
			select {
			case todo <- b:
			case <-ctx.Done():
				return
			}
			if last {
				return
			}
		}
	}()
	err := emit(ctx, ordered, steps)
	interrupted := ctx.Err() != nil
	cancel()
	wg.Wait()
	if !interrupted {
		<-reading
	}
	return err
}

func readBatch[T any](read func() (review.Record, error)) *batch[T] {
	b := &batch[T]{done: make(chan struct{}), items: make([]item[T], 0, batchSize)}
	for size := 0; len(b.items) < batchSize && size < batchBytes; {
		r, err := read()
		var row *review.RowError
		switch {
		case err == nil:
			b.items = append(b.items, item[T]{record: r})
			size += len(r.Text) + len(r.FollowUp)
		case errors.As(err, &row):
			b.items = append(b.items, item[T]{reject: row})
		default:
			b.err = err
			return b
		}
	}
	return b
}

// records counts what was read, the rejects left out.
func (b *batch[T]) records() int {
	n := 0
	for i := range b.items {
		if b.items[i].reject == nil {
			n++
		}
	}
	return n
}

func (b *batch[T]) work(work func(int, *review.Record) (T, error)) {
	at := b.first
	for i := range b.items {
		it := &b.items[i]
		if it.reject != nil {
			continue
		}
		var err error
		if it.result, err = work(at, &it.record); err != nil && !errors.As(err, &it.reject) {
			b.items, b.err = b.items[:i], err
			return
		}
		at++
	}
}

func emit[T any](ctx context.Context, ordered <-chan *batch[T], steps Steps[T]) error {
	for {
		var b *batch[T]
		select {
		case b = <-ordered:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range b.items {
			var err error
			if it := &b.items[i]; it.reject != nil {
				err = steps.Reject(it.reject)
			} else {
				err = steps.Emit(it.result)
			}
			if err != nil {
				return err
			}
		}
		if b.err == io.EOF {
			return nil
		}
		if b.err != nil {
			return b.err
		}
	}
}
