package kambi

import (
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/klauspost/compress/gzip"
)

// packed makes what a server sends: frames in one member each, or in one
// stream that is flushed after each.
func packed(t testing.TB, style kambitest.Style, split int64, frames ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := kambitest.NewFrameWriter(&out, style, split)
	for _, f := range frames {
		if err := w.Send(f); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func someFrames(n int) [][]byte {
	random := rand.New(rand.NewPCG(3, 4))
	var frames [][]byte
	for i := range n {
		frames = append(frames, fmt.Appendf(nil, `{"n":%d,"pad":%q}`, i, strings.Repeat("x", random.IntN(3000))))
	}
	return frames
}

func readAll(in io.Reader, limits Limits) (frames [][]byte, err error) {
	r := newFrameReader(in, limits.withDefaults())
	for {
		frame, err := r.next()
		if err != nil {
			return frames, err
		}
		frames = append(frames, bytes.Clone(frame))
	}
}

func TestFramesAreIndependentOfPacking(t *testing.T) {
	want := someFrames(300)
	readers := map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"bytes": iotest.OneByteReader,
		"half":  iotest.HalfReader,
	}
	for _, style := range []kambitest.Style{kambitest.Member, kambitest.Stream} {
		for _, split := range []int64{0, 1, 2} {
			for name, reader := range readers {
				got, err := readAll(reader(bytes.NewReader(packed(t, style, split, want...))), Limits{})
				if !errors.Is(err, io.EOF) || len(got) != len(want) {
					t.Fatalf("%s split %d, %s: %d frames, %v", style, split, name, len(got), err)
				}
				for i := range want {
					if !bytes.Equal(got[i], want[i]) {
						t.Fatalf("%s split %d, %s: frame %d differs", style, split, name, i)
					}
				}
			}
		}
	}
}

// TestFrameIsHeardAtOnce is the case in which a gzip reader made for files
// holds back every message until the next one comes.
func TestFrameIsHeardAtOnce(t *testing.T) {
	for _, style := range []kambitest.Style{kambitest.Member, kambitest.Stream} {
		server, client := net.Pipe()
		w := kambitest.NewFrameWriter(server, style, 0)
		r := newFrameReader(client, Limits{}.withDefaults())
		_ = client.SetDeadline(time.Now().Add(5 * time.Second))
		for i := range 3 {
			sent := make(chan error, 1)
			go func() { sent <- w.Send(fmt.Appendf(nil, `{"n":%d}`, i)) }()
			frame, err := r.next()
			if err != nil || string(frame) != fmt.Sprintf(`{"n":%d}`, i) {
				t.Fatalf("%s: frame %d: %q, %v", style, i, frame, err)
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		}
		server.Close()
		client.Close()
	}
}

func TestFrameRefusals(t *testing.T) {
	member := func(payload []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(payload)
		_ = w.Close()
		return out.Bytes()
	}
	length := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	good := packed(t, kambitest.Member, 0, []byte(`{"a":1}`))
	noise := make([]byte, 4<<20)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise)
	cases := []struct {
		name  string
		in    []byte
		cause string
	}{
		{"frame of nothing", member(length(0)), causeFrame},
		{"frame too large", member(length(4<<20 + 1)), causeFrame},
		{"frame of the largest number", member(length(1<<32 - 1)), causeFrame},
		{"no gzip", []byte("HTTP/1.1 400 Bad Request\r\n"), causeInflate},
		{"damaged member", append(append([]byte(nil), good[:10]...), bytes.Repeat([]byte{0xff}, 100)...), causeInflate},
		{"damaged check sum", append(append([]byte(nil), good[:len(good)-8]...), 1, 2, 3, 4, 5, 6, 7, 8), causeInflate},
		{"cut in a frame", packed(t, kambitest.Stream, 0, noise[:5000])[:4000], causeNetwork},
		{"bomb in a frame", member(append(length(4<<20), make([]byte, 4<<20)...)), causeBomb},
		{"members of nothing", bytes.Repeat(member(nil), 1<<20), causeBomb},
	}
	for _, c := range cases {
		frames, err := readAll(bytes.NewReader(c.in), Limits{})
		if causeOf(err) != c.cause || err == nil {
			t.Errorf("%s: %d frames, error %v, want %s", c.name, len(frames), err, c.cause)
		}
	}
	// The largest frame passes when it does not inflate beyond measure.
	frames, err := readAll(bytes.NewReader(packed(t, kambitest.Member, 0, noise)), Limits{})
	if len(frames) != 1 || !errors.Is(err, io.EOF) {
		t.Errorf("largest frame: %d frames, %v", len(frames), err)
	}
}

// TestBombMemory sends a bomb of a gigabyte.
func TestBombMemory(t *testing.T) {
	var small bytes.Buffer
	w, _ := gzip.NewWriterLevel(&small, gzip.BestCompression)
	zeros := make([]byte, 1<<20)
	_, _ = w.Write(binary.BigEndian.AppendUint32(nil, 4<<20))
	for range 8 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	in := bytes.NewReader(bytes.Repeat(small.Bytes(), 128))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readAll(in, Limits{})
	runtime.ReadMemStats(&after)
	if causeOf(err) != causeBomb {
		t.Errorf("error %v, want %s", err, causeBomb)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 2<<20 {
		t.Errorf("%d bytes allocated for a bomb", grown)
	}
}

// TestRatioHasNoMemory: a long session of badly packed data earns nothing that
// a bomb could use up, and a long one of well packed data is not cut.
func TestRatioHasNoMemory(t *testing.T) {
	noise := make([]byte, 1<<20)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise)
	in := packed(t, kambitest.Stream, 0, noise, noise, make([]byte, 1<<20))
	if frames, err := readAll(bytes.NewReader(in), Limits{}); len(frames) != 2 || causeOf(err) != causeBomb {
		t.Errorf("bomb behind noise: %d frames, %v", len(frames), err)
	}
	var text []byte // about 1:130
	for i := range 400 {
		text = fmt.Appendf(text, `{"id":%d},`, i)
		text = append(text, bytes.Repeat([]byte(`{"status":"SUSPENDED","odds":[]},`), 20)...)
	}
	var frames [][]byte
	for range 100 {
		frames = append(frames, text)
	}
	for _, style := range []kambitest.Style{kambitest.Member, kambitest.Stream} {
		in = packed(t, style, 0, frames...)
		got, err := readAll(bytes.NewReader(in), Limits{})
		if len(got) != len(frames) || !errors.Is(err, io.EOF) {
			t.Errorf("%s: well packed text, 1:%d: %d frames, %v", style, len(frames)*len(text)/len(in), len(got), err)
		}
	}
}

// oracleFrames unpacks all of the input with another reader, and only then
// looks for frames. It tells whether the input is whole.
func oracleFrames(in []byte, largest int) (frames [][]byte, whole bool) {
	z, err := stdgzip.NewReader(bytes.NewReader(in))
	if err != nil {
		return nil, false
	}
	plain, err := io.ReadAll(z)
	for len(plain) >= frameHead {
		size := int(binary.BigEndian.Uint32(plain))
		if size == 0 || size > largest || len(plain) < frameHead+size {
			break
		}
		frames = append(frames, plain[frameHead:frameHead+size])
		plain = plain[frameHead+size:]
	}
	return frames, err == nil && len(plain) == 0
}

// FuzzFrames compares the reader with an oracle: it never returns what that
// one does not, and all of it when the input is sound.
func FuzzFrames(f *testing.F) {
	for _, style := range []kambitest.Style{kambitest.Member, kambitest.Stream} {
		f.Add(packed(f, style, 0, []byte(`{"a":1}`), []byte(`{"b":2}`)), false)
		f.Add(packed(f, style, 5, someFrames(5)...), true)
	}
	f.Add(append(packed(f, kambitest.Member, 0, []byte("whole")), packed(f, kambitest.Member, 0, []byte("damaged"))[1:]...), false)
	f.Add([]byte{0x1f, 0x8b, 8, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, false)
	f.Fuzz(func(t *testing.T, in []byte, plain bool) {
		if plain { // let the bytes be what is packed, so that frames are met
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			_, _ = w.Write(in)
			_ = w.Close()
			in = out.Bytes()
		}
		const largest = 1 << 16
		var reader io.Reader = bytes.NewReader(in)
		if len(in)%2 == 0 {
			reader = iotest.OneByteReader(reader)
		}
		r := newFrameReader(reader, Limits{Frame: largest}.withDefaults())
		want, whole := oracleFrames(in, largest)
		for total, n := 0, 0; ; n++ {
			frame, err := r.next()
			if err != nil {
				if frame != nil {
					t.Fatal("a frame and an error")
				}
				if whole && n < len(want) && causeOf(err) != causeBomb {
					t.Fatalf("%d frames of %d, %v", n, len(want), err)
				}
				return
			}
			if n >= len(want) || !bytes.Equal(frame, want[n]) {
				t.Fatalf("frame %d of %d is %q", n, len(want), frame)
			}
			total += len(frame)
			if len(frame) == 0 || len(frame) > largest || cap(r.buf) > largest+firstBuffer {
				t.Fatalf("frame of %d bytes, buffer of %d", len(frame), cap(r.buf))
			}
			if total > 200*len(in)+64<<10+largest {
				t.Fatalf("%d bytes out of %d", total, len(in))
			}
		}
	})
}

// endless serves the same bytes again and again.
type endless struct {
	b  []byte
	at int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.at == len(e.b) {
		e.at = 0
	}
	n := copy(p, e.b[e.at:])
	e.at += n
	return n, nil
}

func generated(n int) [][]byte {
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: 1})
	var frames [][]byte
	for range n {
		frames = append(frames, g.Next().Line)
	}
	return frames
}

// BenchmarkFrames is the way of a message from the wire to its decoded form.
func BenchmarkFrames(b *testing.B) {
	frames := generated(10_000)
	for _, decode := range []bool{false, true} {
		for _, many := range []int{1, 50} {
			var out bytes.Buffer
			w := kambitest.NewFrameWriter(&out, kambitest.Member, 0)
			for at := 0; at < len(frames); at += many {
				if err := w.Send(frames[at:min(at+many, len(frames))]...); err != nil {
					b.Fatal(err)
				}
			}
			b.Run(fmt.Sprintf("decode=%t/in_member=%d", decode, many), func(b *testing.B) {
				r := newFrameReader(&endless{b: out.Bytes()}, Limits{}.withDefaults())
				d := kambijson.NewDecoder()
				b.ReportAllocs()
				for b.Loop() {
					frame, err := r.next()
					if err == nil && decode && !isSession(frame) {
						_, err = d.Decode(frame, schema.FlowRealtime)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// instantLane answers at once.
type instantLane struct{ next int64 }

func (l *instantLane) Append(_ context.Context, entries []journal.Entry, done func(int64, error)) error {
	first := l.next
	l.next += int64(len(entries))
	done(first, nil)
	return nil
}

// BenchmarkSession is all that happens to a message between TLS and the lane,
// in its two goroutines.
func BenchmarkSession(b *testing.B) {
	var out bytes.Buffer
	w := kambitest.NewFrameWriter(&out, kambitest.Member, 0)
	frames := generated(20_000)
	for at := 0; at < len(frames); at += 50 {
		if err := w.Send(frames[at:min(at+50, len(frames))]...); err != nil {
			b.Fatal(err)
		}
	}
	s := &Source{c: Config{Name: "bench"}.withDefaults(), key: []byte("bench")}
	at := &attachment{s: s, resume: NewResume(DefaultR)}
	at.resume.ObserveBody(&schema.SnapshotEnd{})
	at.pump = ingest.NewPump(ingest.PumpConfig{Lane: &instantLane{}, Durable: at.durable})
	x := &session{s: s, at: at, ctx: context.Background(), decoder: kambijson.NewDecoder(), phase: serving, flow: schema.FlowRealtime, wire: new(wire)}
	x.frames = newFrameReader(&endless{b: out.Bytes()}, s.c.Limits)
	b.ReportAllocs()
	for b.Loop() {
		frame, err := x.frames.next()
		x.count(len(frame))
		x.stamp()
		if err == nil {
			err = x.message(frame)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := at.pump.Flush(x.ctx); err != nil {
		b.Fatal(err)
	}
	at.pump.Close(x.ctx)
	b.SetBytes(s.counts.bytes.Load() / max(1, s.counts.frames.Load()))
}
