package journal_test

import (
	"context"
	"sync"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// fake is a journal of one partition in memory, and a fold that has always
// read all of it. Answers come before Append returns.
type fake struct {
	mu      sync.Mutex
	log     []journal.Record
	lanes   journal.Lanes
	fates   []journal.Fate
	corrupt error

	before func()            // runs before a record is appended, once
	refuse error             // what the next Append returns
	answer func(error) error // changes what the next Append answers
	land   bool              // whether a failed append lands all the same
}

func (f *fake) Append(_ context.Context, _ journal.Partition, records []journal.Record, done func(int64, error)) error {
	f.mu.Lock()
	if before := f.before; before != nil {
		f.before = nil
		f.mu.Unlock()
		before()
		f.mu.Lock()
	}
	if err := f.refuse; err != nil {
		f.refuse = nil
		f.mu.Unlock()
		return err
	}
	var err error
	if f.answer != nil {
		err, f.answer = f.answer(nil), nil
	}
	first := int64(len(f.log))
	if err == nil || f.land {
		for _, r := range records {
			f.add(r)
		}
	}
	f.mu.Unlock()
	done(first, err)
	return nil
}

func (f *fake) add(r journal.Record) {
	r.Offset = int64(len(f.log))
	r.Value = codec.AppendRecord(nil, &r)
	f.log = append(f.log, r)
	var fate journal.Fate
	if r.Kind == schema.KindClaim {
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err != nil {
			panic(err)
		}
		fate = f.lanes.Claim(&r, body.(*schema.Claim).Nonce)
	} else if fate, f.corrupt = f.lanes.Admit(part, &r); f.corrupt != nil {
		return
	}
	f.fates = append(f.fates, fate)
}

func (f *fake) Lane(_ context.Context, offset int64, name string) (journal.LaneState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if offset > int64(len(f.log)) {
		panic("a fold is asked for records that are not there")
	}
	return f.lanes.State(name), nil
}

func (f *fake) Bounds(context.Context, journal.Partition) (int64, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return 0, int64(len(f.log)), nil
}

func (f *fake) Read(_ context.Context, p journal.Partition, from int64) (journal.Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if from < 0 || from > int64(len(f.log)) {
		return nil, &journal.PositionError{Position: p.At(from), Err: journal.ErrOutOfRange}
	}
	return &fakeReader{f, from}, nil
}

// fakeReader gives two records at a time.
type fakeReader struct {
	f  *fake
	at int64
}

func (r *fakeReader) Next(ctx context.Context) ([]journal.Record, error) {
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	if r.at >= int64(len(r.f.log)) {
		return nil, context.DeadlineExceeded
	}
	records := r.f.log[r.at:min(r.at+2, int64(len(r.f.log)))]
	r.at += int64(len(records))
	return records, ctx.Err()
}

func (r *fakeReader) Close() error { return nil }

func (f *fake) ID() string                                                        { return "fake" }
func (f *fake) Topics(context.Context) ([]journal.Topic, error)                   { return nil, nil }
func (f *fake) Create(context.Context, string, int32) error                       { return nil }
func (f *fake) Close() error                                                      { return nil }
func (f *fake) OffsetAt(context.Context, journal.Partition, int64) (int64, error) { return 0, nil }
