package codec_test

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// oracle reads all of b with another implementation of msgpack and writes what
// it has read. It must get only what our reader has accepted: that one trusts
// lengths.
func oracle(b []byte) ([]byte, error) {
	in := bytes.NewReader(b)
	var out bytes.Buffer
	err := copyValue(msgpack.NewDecoder(in), msgpack.NewEncoder(&out))
	if err == nil && in.Len() > 0 {
		err = fmt.Errorf("%d bytes left over", in.Len())
	}
	return out.Bytes(), err
}

func copyValue(dec *msgpack.Decoder, enc *msgpack.Encoder) error {
	code, err := dec.PeekCode()
	if err != nil {
		return err
	}
	switch {
	case code == msgpcode.Nil:
		return errors.Join(dec.DecodeNil(), enc.EncodeNil())
	case code == msgpcode.False || code == msgpcode.True:
		v, err := dec.DecodeBool()
		return errors.Join(err, enc.EncodeBool(v))
	case msgpcode.IsString(code):
		v, err := dec.DecodeString()
		return errors.Join(err, enc.EncodeString(v))
	case msgpcode.IsBin(code):
		v, err := dec.DecodeBytes()
		return errors.Join(err, enc.EncodeBytes(v))
	case msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32:
		n, err := dec.DecodeArrayLen()
		if err = errors.Join(err, enc.EncodeArrayLen(n)); err != nil {
			return err
		}
		for range n {
			if err := copyValue(dec, enc); err != nil {
				return err
			}
		}
		return nil
	}
	v, err := dec.DecodeInt64()
	return errors.Join(err, enc.EncodeInt(v))
}
