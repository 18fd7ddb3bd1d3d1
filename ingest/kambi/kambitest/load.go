package kambitest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// maxLine is the longest line a file may have.
const maxLine = 16 << 20

// LoadSequence reads a file of one message a line, plain or gzip (told by its first
// bytes, not by its name).
func LoadSequence(path string) (*Sequence, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load feed: %w", err)
	}
	defer f.Close()
	s, err := ReadSequence(f)
	if err != nil {
		return nil, fmt.Errorf("load feed %s: %w", path, err)
	}
	return s, nil
}

// ReadSequence reads one message a line, plain or gzip, until the end. Blank lines are
// passed over; the first line that is no message is an error that names it. The order
// of arrival is the order of the lines.
func ReadSequence(r io.Reader) (*Sequence, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		gz, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		defer gz.Close()
		in = bufio.NewReaderSize(gz, 1<<16)
	}
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 0, 1<<16), maxLine)
	var msgs []Message
	number := 0
	for sc.Scan() {
		number++
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		m, err := ParseMessage(sc.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		msgs = append(msgs, m)
	}
	if err := sc.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("longer than %d bytes", maxLine)
		}
		return nil, fmt.Errorf("line %d: %w", number+1, err)
	}
	return NewSequence(msgs), nil
}

// compact returns a copy of one JSON object without white space outside strings.
func compact(line []byte) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(line))
	if err := json.Compact(&b, line); err != nil {
		return nil, fmt.Errorf("message is no JSON: %w", err)
	}
	return b.Bytes(), nil
}
