package kambitest

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// numbered returns n messages with offsets 0 to n-1.
func numbered(n int) *Sequence {
	msgs := make([]Message, n)
	for i := range msgs {
		msgs[i] = Message{Offset: int64(i), Line: fmt.Appendf(nil, `{"type":"X","offset":%d}`, i)}
	}
	return NewSequence(msgs)
}

func TestShuffleStaysInTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(t, "n")
		window := rapid.IntRange(0, 400).Draw(t, "window")
		seed := rapid.Int64().Draw(t, "seed")
		a := numbered(n).Shuffle(seed, window).Messages()
		b := numbered(n).Shuffle(seed, window).Messages()
		if len(a) != n || !slices.EqualFunc(a, b, func(x, y Message) bool { return x.Offset == y.Offset }) {
			t.Fatalf("%d messages of %d, or another order for the same seed", len(a), n)
		}
		seen := map[int64]bool{}
		for place, m := range a {
			seen[m.Offset] = true
			if d := math.Abs(float64(int64(place) - m.Offset)); d > 0 && d >= float64(window) {
				t.Fatalf("message %d at place %d with window %d", m.Offset, place, window)
			}
		}
		if len(seen) != n {
			t.Fatalf("%d different messages of %d", len(seen), n)
		}
	})
	if slices.IsSortedFunc(numbered(1000).Shuffle(1, 10).Messages(), byOffset) {
		t.Error("a shuffled sequence is in order")
	}
}

func TestDuplicate(t *testing.T) {
	a := numbered(2000).Duplicate(0.2, 3)
	if n := a.Len(); n < 2300 || n > 2500 {
		t.Errorf("%d messages of 2000 with a fifth twice", n)
	}
	same(t, a.Messages(), numbered(2000).Duplicate(0.2, 3).Messages())
	if n := numbered(100).Duplicate(1, 1).Len(); n != 200 {
		t.Errorf("%d messages of 100 all twice", n)
	}
	if n := numbered(100).Duplicate(0, 1).Len(); n != 100 {
		t.Errorf("%d messages of 100 none twice", n)
	}
}

// Whatever was sent, a replay and the rest cover everything above its offset.
func TestReplayIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(t, "n")
		s := numbered(n).Shuffle(rapid.Int64().Draw(t, "seed"), rapid.IntRange(1, 50).Draw(t, "window")).Duplicate(0.1, 1)
		sent := rapid.IntRange(0, s.Len()).Draw(t, "sent")
		after := rapid.Int64Range(-1, int64(n)-1).Draw(t, "after")
		r, err := s.Replay(after, sent)
		if err != nil {
			t.Fatal(err)
		}
		have := map[int64]bool{}
		for _, m := range append(slices.Clone(r.Messages), s.Messages()[r.Next:]...) {
			have[m.Offset] = true
		}
		for o := after + 1; o < int64(n); o++ {
			if !have[o] {
				t.Fatalf("offset %d is missing: replay after %d, %d sent, %d messages, next %d", o, after, sent, len(r.Messages), r.Next)
			}
		}
		complete := s.Complete(sent)
		for _, m := range s.Messages()[sent:] {
			if m.Offset <= complete && !slices.ContainsFunc(s.Messages()[:sent], func(x Message) bool { return x.Offset == m.Offset }) {
				t.Fatalf("complete to %d after %d, but %d comes later", complete, sent, m.Offset)
			}
		}
	})
}

func TestReadSequence(t *testing.T) {
	good := "{\"type\":\"A\", \"offset\": 3}\n\n{\"type\":\"B\",\"offset\":2}"
	s, err := ReadSequence(strings.NewReader(good))
	if err != nil || s.Len() != 2 || string(s.Messages()[0].Line) != `{"type":"A","offset":3}` {
		t.Fatalf("%v, %v", s, err)
	}
	for line, want := range map[string]string{
		`{"type":"A"}`:               "no offset",
		`{"offset":1,"type":"A"}`:    "does not start with",
		`{"type":"A","offset":1`:     "no JSON",
		`{"type":"A","offset":-1}`:   "negative",
		`{"type":"A","offset":"1"}`:  "envelope",
		`{"type":"A","offset":1} {}`: "no JSON",
	} {
		_, err := ReadSequence(strings.NewReader(good + "\n" + line + "\n"))
		if err == nil || !strings.Contains(err.Error(), "line 4: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want line 4 and %q", line, err, want)
		}
	}
	if _, err := LoadSequence("there-is-no-such-file"); err == nil {
		t.Error("loaded a file that is not there")
	}
}

// Every frame arrives whole and at once, in both styles and however it is split.
func TestFrames(t *testing.T) {
	for _, style := range []Style{Member, Stream} {
		for seed := range int64(20) {
			var b bytes.Buffer
			w := NewFrameWriter(&b, style, seed)
			var want [][]byte
			for i := range 30 {
				p := bytes.Repeat([]byte{byte(i)}, i*i*7)
				want = append(want, p)
				if err := w.Send(p, []byte("x")); err != nil {
					t.Fatal(err)
				}
			}
			r := NewFrameReader(&b, 1<<20)
			for i, p := range want {
				got, err := r.Next()
				x, err2 := r.Next()
				if err != nil || err2 != nil || !bytes.Equal(got, p) || string(x) != "x" {
					t.Fatalf("%v, seed %d, frame %d: %d bytes, %v, %v", style, seed, i, len(got), err, err2)
				}
			}
			_, err := r.Next()
			if style == Member && err != io.EOF || style == Stream && err != io.ErrUnexpectedEOF {
				t.Errorf("%v: end is %v", style, err)
			}
		}
	}
}

// A reader must not wait for the next send to deliver this one.
func TestFramesAreNotHeldBack(t *testing.T) {
	for _, style := range []Style{Member, Stream} {
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		b.SetDeadline(time.Now().Add(5 * time.Second))
		r, w := NewFrameReader(b, 100), NewFrameWriter(a, style, 0)
		for range 3 {
			sent := make(chan error, 1)
			go func() { sent <- w.Send([]byte("hello")) }()
			if p, err := r.Next(); err != nil || string(p) != "hello" {
				t.Fatalf("%v: %q, %v", style, p, err)
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := ParseStyle("zip"); err == nil {
		t.Error("a style named zip")
	}
	if s, err := ParseStyle(Stream.String()); s != Stream || err != nil {
		t.Error(s, err)
	}
}
