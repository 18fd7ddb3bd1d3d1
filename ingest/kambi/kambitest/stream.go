package kambitest

import (
	"errors"
	"fmt"
	"time"
)

// How much goes into one send: frames in a gzip member, frames handed to a stream.
const (
	maxFrames    = 64
	streamFrames = 256
)

// pollEvery is how often the end of a feed is looked at for more.
const pollEvery = 20 * time.Millisecond

// serve carries out a command until the next one, which it returns.
func (ss *session) serve(cmd *clientMessage) (*clientMessage, error) {
	if cmd.Replay != nil {
		return ss.replay(*cmd.Replay.Offset)
	}
	return ss.snapshot()
}

// snapshot sends the state, a tail if configured, then real time.
func (ss *session) snapshot() (*clientMessage, error) {
	s := ss.srv
	s.count.snapshots.Add(1)
	snap, err := s.cfg.Feed.Snapshot()
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	if take(&s.cutSnapshots, s.cfg.Faults.CutSnapshots) {
		if _, err := ss.sendAll(snap.Messages[:len(snap.Messages)/2]); err != nil {
			return nil, err
		}
		return nil, ss.cut()
	}
	if cmd, err := ss.sendAll(snap.Messages); cmd != nil || err != nil {
		return cmd, err
	}
	if err := ss.out.Send(snapshotCompleted(snap.Offset)); err != nil {
		return nil, err
	}
	ss.cursor = snap.Next
	if !s.cfg.NoTail {
		if cmd, err := ss.follow(s.cfg.TailMessages); cmd != nil || err != nil {
			return cmd, err
		}
		// Said is only what holds: a shuffled tail is complete to less than its highest.
		done := max(snap.Offset, s.cfg.Feed.Complete(ss.cursor))
		if ss.cursor == snap.Next {
			done = snap.Offset
		}
		if err := ss.out.Send(replayCompleted(done)); err != nil {
			return nil, err
		}
	}
	return ss.follow(-1)
}

// replay sends what is missing after an offset, then real time.
func (ss *session) replay(after int64) (*clientMessage, error) {
	s := ss.srv
	s.count.replays.Add(1)
	var r Replay
	err := ErrTooOld
	if after >= s.oldest.Load() {
		r, err = s.cfg.Feed.Replay(after, s.progress.sent())
	}
	if errors.Is(err, ErrTooOld) {
		s.count.tooOld.Add(1)
		if err := ss.out.Send(sessionError(codeTooOld)); err != nil {
			return nil, err
		}
		return ss.idle()
	}
	if err != nil {
		return nil, fmt.Errorf("replay after %d: %w", after, err)
	}
	if take(&s.cutReplays, s.cfg.Faults.CutReplays) {
		if _, err := ss.sendAll(r.Messages[:len(r.Messages)/2]); err != nil {
			return nil, err
		}
		return nil, ss.cut()
	}
	if cmd, err := ss.sendAll(r.Messages); cmd != nil || err != nil {
		return cmd, err
	}
	if err := ss.out.Send(replayCompleted(r.Offset)); err != nil {
		return nil, err
	}
	ss.cursor = r.Next
	return ss.follow(-1)
}

// sendAll sends messages that are not counted as fresh: a state or a repetition.
func (ss *session) sendAll(msgs []Message) (*clientMessage, error) {
	for len(msgs) > 0 {
		if cmd, err := ss.wait(0); cmd != nil || err != nil {
			return cmd, err
		}
		n := min(len(msgs), ss.batch())
		if err := ss.send(msgs[:n]); err != nil {
			return nil, err
		}
		msgs = msgs[n:]
	}
	return nil, nil
}

// follow sends the feed from the cursor on: count messages of what there is, or
// without end when count is negative.
func (ss *session) follow(count int) (*clientMessage, error) {
	s := ss.srv
	for count != 0 {
		if cmd, err := ss.wait(0); cmd != nil || err != nil {
			return cmd, err
		}
		want := ss.batch()
		if count > 0 {
			want = min(want, count)
		}
		msgs, err := s.cfg.Feed.Batch(ss.cursor, want)
		if err != nil {
			return nil, fmt.Errorf("message %d of the feed: %w", ss.cursor, err)
		}
		if len(msgs) == 0 {
			if count > 0 {
				return nil, nil // the tail is longer than the feed
			}
			if cmd, err := ss.wait(pollEvery); cmd != nil || err != nil {
				return cmd, err
			}
			continue
		}
		g := s.progress.claim(ss.cursor, len(msgs), time.Now())
		if g.n == 0 {
			if cmd, err := ss.wait(g.wait); cmd != nil || err != nil {
				return cmd, err
			}
			continue
		}
		if err := ss.send(msgs[:g.n]); err != nil {
			return nil, err
		}
		ss.cursor += g.n
		count -= min(g.n, max(count, 0))
		switch {
		case g.stall:
			return nil, ss.stall()
		case g.cut:
			return nil, ss.cut()
		}
	}
	return nil, nil
}

func (ss *session) batch() int {
	if ss.srv.cfg.Style == Stream {
		return streamFrames
	}
	return maxFrames
}

func (ss *session) send(msgs []Message) error {
	ss.payloads = ss.payloads[:0]
	for _, m := range msgs {
		ss.payloads = append(ss.payloads, m.Line)
	}
	if err := ss.out.Send(ss.payloads...); err != nil {
		return err
	}
	ss.srv.count.sent.Add(int64(len(msgs)))
	return nil
}
