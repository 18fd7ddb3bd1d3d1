package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/deadheat-io/deadheat/journal"
)

// Format is the version of the file format that this build writes and reads.
const Format = 1

// magic begins every segment file.
const magic = "deadheat"

const (
	fixedHeader = 32      // bytes before the topic
	maxHeader   = 1 << 10 // no header is longer
	crcSize     = 4       // at the end of the header
	maxText     = 256     // longest topic or journal id
	offFormat   = 8       // u32
	offLength   = 12      // u32, of the whole header
	offBase     = 16      // i64
	offIndex    = 24      // u32
	offTopicLen = 28      // u16
	offIDLen    = 30      // u16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrNoHeader says that a file ends before its header does, or holds nothing
// but zeros: it was created and then lost to a crash.
var ErrNoHeader = errors.New("segment file has no header yet")

// Header says what a segment file holds.
type Header struct {
	Journal   string // id of the journal
	Partition journal.Partition
	Base      int64 // offset of the first record
}

// Size is the header's length in the file.
func (h Header) Size() int64 {
	return int64(fixedHeader + len(h.Partition.Topic) + len(h.Journal) + crcSize)
}

// Append appends the header's bytes to dst.
func (h Header) Append(dst []byte) []byte {
	from := len(dst)
	be := binary.BigEndian
	dst = append(dst, magic...)
	dst = be.AppendUint32(dst, Format)
	dst = be.AppendUint32(dst, uint32(h.Size()))
	dst = be.AppendUint64(dst, uint64(h.Base))
	dst = be.AppendUint32(dst, uint32(h.Partition.Index))
	dst = be.AppendUint16(dst, uint16(len(h.Partition.Topic)))
	dst = be.AppendUint16(dst, uint16(len(h.Journal)))
	dst = append(dst, h.Partition.Topic...)
	dst = append(dst, h.Journal...)
	return be.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

// ReadHeader reads the header of a file of the given size. It fails with
// [ErrNoHeader] when the file has none yet. The partition and the offset that
// the caller expects are for the errors only; see [Header.Check].
func ReadHeader(r io.ReaderAt, size int64, file string, at journal.Position) (Header, error) {
	buf := make([]byte, min(size, maxHeader))
	if err := readFull(r, buf, 0); err != nil {
		return Header{}, fmt.Errorf("read header of %s: %w", file, err)
	}
	bad := func(format string, args ...any) (Header, error) {
		return Header{}, &journal.CorruptError{Position: at, File: file, Reason: "file header: " + fmt.Sprintf(format, args...)}
	}
	if zero, err := allZero(r, 0, size); err != nil {
		return Header{}, fmt.Errorf("read %s: %w", file, err)
	} else if zero {
		return Header{}, fmt.Errorf("%s: %w", file, ErrNoHeader)
	}
	if n := min(len(buf), len(magic)); string(buf[:n]) != magic[:n] {
		return bad("does not begin with %q", magic)
	}
	if len(buf) < fixedHeader {
		return Header{}, fmt.Errorf("%s: %w", file, ErrNoHeader)
	}
	length := int64(binary.BigEndian.Uint32(buf[offLength:]))
	texts := int64(binary.BigEndian.Uint16(buf[offTopicLen:])) + int64(binary.BigEndian.Uint16(buf[offIDLen:]))
	if length < fixedHeader+crcSize || length > maxHeader || binary.BigEndian.Uint32(buf[offFormat:]) == Format && length != fixedHeader+texts+crcSize {
		return bad("length %d", length)
	}
	if length > size {
		return Header{}, fmt.Errorf("%s: %w", file, ErrNoHeader)
	}
	return parseHeader(buf[:length], file, bad)
}

func parseHeader(buf []byte, file string, bad func(string, ...any) (Header, error)) (Header, error) {
	be := binary.BigEndian
	body := buf[:len(buf)-crcSize]
	if crc32.Checksum(body, castagnoli) != be.Uint32(buf[len(body):]) {
		return bad("checksum does not match")
	}
	// Every version keeps the fields so far in their places, so that this can
	// be told from damage.
	if f := be.Uint32(buf[offFormat:]); f != Format {
		return Header{}, fmt.Errorf("%s: segment format %d is not known to this build (it knows %d); use a newer build", file, f, Format)
	}
	topic, id := int(be.Uint16(buf[offTopicLen:])), int(be.Uint16(buf[offIDLen:]))
	if topic > maxText || id > maxText || fixedHeader+topic+id != len(body) {
		return bad("topic of %d and id of %d bytes in a header of %d", topic, id, len(buf))
	}
	h := Header{
		Partition: journal.Partition{
			Topic: string(body[fixedHeader : fixedHeader+topic]),
			Index: int32(be.Uint32(buf[offIndex:])),
		},
		Journal: string(body[fixedHeader+topic:]),
		Base:    int64(be.Uint64(buf[offBase:])),
	}
	if h.Base < 0 || h.Partition.Index < 0 {
		return bad("partition %d, base offset %d", h.Partition.Index, h.Base)
	}
	return h, nil
}

// CheckHeader reads the header of a file and refuses any but the expected one.
// It fails with [ErrNoHeader] as ReadHeader does, but only when the file is
// shorter than this header, or all zeros: a changed length is damage.
func CheckHeader(r io.ReaderAt, size int64, file string, want Header) error {
	at := want.Partition.At(want.Base)
	h, err := ReadHeader(r, size, file, at)
	if err == nil {
		return h.Check(want, file)
	}
	if errors.Is(err, ErrNoHeader) && size >= want.Size() {
		zero, err := allZero(r, 0, size)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if !zero {
			return &journal.CorruptError{Position: at, File: file, Reason: "file header: the file is shorter than the header says"}
		}
	}
	return err
}

// Check refuses a file that belongs to another journal, partition or offset
// than its place says.
func (h Header) Check(want Header, file string) error {
	if h == want {
		return nil
	}
	return &journal.CorruptError{
		Position: want.Partition.At(want.Base), File: file,
		Reason: fmt.Sprintf("the file holds %s of journal %s, and should hold %s of journal %s",
			h.Partition.At(h.Base), h.Journal, want.Partition.At(want.Base), want.Journal),
	}
}
