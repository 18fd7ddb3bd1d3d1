package kambitest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// FrameReader reads frames out of a run of gzip members. It reads member by member:
// the usual multi-member reader holds back the end of a member until the header of
// the next one arrives, which in a conversation is a deadlock.
type FrameReader struct {
	in    *bufio.Reader
	gz    *gzip.Reader
	open  bool // a member is begun and not ended
	limit int
}

// NewFrameReader returns a reader that refuses frames above limit bytes.
func NewFrameReader(r io.Reader, limit int) *FrameReader {
	return &FrameReader{in: bufio.NewReader(r), limit: limit}
}

// Next returns the next frame. It is io.EOF when the input ends between two frames,
// io.ErrUnexpectedEOF when it ends inside one.
func (r *FrameReader) Next() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(plainReader{r}, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if uint64(n) > uint64(r.limit) {
		return nil, fmt.Errorf("frame of %d bytes: the limit is %d", n, r.limit)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(plainReader{r}, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return body, nil
}

// plainReader is the unpacked side of a FrameReader.
type plainReader struct{ r *FrameReader }

func (p plainReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		if err := p.r.begin(); err != nil {
			return 0, err
		}
		n, err := p.r.gz.Read(b)
		if errors.Is(err, io.EOF) {
			p.r.open, err = false, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// begin opens the next member when none is open.
func (r *FrameReader) begin() error {
	if r.open {
		return nil
	}
	if r.gz == nil {
		gz, err := gzip.NewReader(r.in)
		if err != nil {
			return err
		}
		r.gz = gz
	} else if err := r.gz.Reset(r.in); err != nil {
		return err
	}
	r.gz.Multistream(false)
	r.open = true
	return nil
}
