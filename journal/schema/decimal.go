package schema

import (
	"errors"
	"math/bits"
	"strconv"
)

// Decimal is a decimal number that is not negative, with the number of places
// that it was written with: 101.50 and 101.5 are two decimals of one value. It is
// Units divided by ten to the power of Places.
type Decimal struct {
	Units  int64 // 0 to 10^18-1
	Places uint8 // 0 to MaxPlaces
}

// MaxPlaces is how many digits may stand behind the point.
const MaxPlaces = 9

// maxDecimalDigits is how many digits there may be in all: far from overflow.
const maxDecimalDigits = 18

// ErrDecimal says that a text is no decimal of the one form that there is.
var ErrDecimal = errors.New(`not a decimal such as "101.25": at most 18 digits, of them at most 9 behind the point, no sign and no exponent`)

// Whole is a decimal without places, such as 101.
func Whole(n int64) Decimal { return Decimal{Units: n} }

// ParseDecimal reads "0", "101", "101.25" or "0.050". A sign, an exponent, a
// leading zero, or a point without digits on both sides is [ErrDecimal].
func ParseDecimal(text string) (Decimal, error) {
	var d Decimal
	point, digits := -1, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			d.Units = d.Units*10 + int64(c-'0')
			if digits++; digits > maxDecimalDigits {
				return Decimal{}, ErrDecimal
			}
		case c == '.' && point < 0 && i > 0:
			point = i
		default:
			return Decimal{}, ErrDecimal
		}
	}
	whole := len(text)
	if point >= 0 {
		whole = point
		if places := len(text) - point - 1; places == 0 || places > MaxPlaces {
			return Decimal{}, ErrDecimal
		}
		d.Places = uint8(len(text) - point - 1)
	}
	if whole == 0 || whole > 1 && text[0] == '0' {
		return Decimal{}, ErrDecimal
	}
	return d, nil
}

// Append writes the decimal with all its places.
func (d Decimal) Append(dst []byte) []byte {
	var buf [20 + MaxPlaces]byte
	digits := strconv.AppendInt(buf[:0], d.Units, 10)
	for len(digits) <= int(d.Places) {
		digits = append(digits, 0)
		copy(digits[1:], digits)
		digits[0] = '0'
	}
	whole := len(digits) - int(d.Places)
	dst = append(dst, digits[:whole]...)
	if d.Places > 0 {
		dst = append(append(dst, '.'), digits[whole:]...)
	}
	return dst
}

// String is the decimal with all its places.
func (d Decimal) String() string { return string(d.Append(nil)) }

// MarshalText prints the decimal; JSON has it as a string, since readers may
// keep numbers in a float.
func (d Decimal) MarshalText() ([]byte, error) { return d.Append(nil), nil }

// UnmarshalText reads a decimal.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDecimal(string(text))
	return err
}

// Cmp compares values: -1, 0 or +1 as d is less than, equal to or greater than e,
// however many places they have.
func (d Decimal) Cmp(e Decimal) int {
	dh, dl := bits.Mul64(uint64(d.Units), tens[e.Places])
	eh, el := bits.Mul64(uint64(e.Units), tens[d.Places])
	switch {
	case dh < eh || dh == eh && dl < el:
		return -1
	case dh == eh && dl == el:
		return 0
	}
	return 1
}

// tens are the powers of ten.
var tens = [MaxPlaces + 1]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// Ten is ten to the power of a number of places, 0 to [MaxPlaces].
func Ten(places uint8) int64 { return int64(tens[places]) }
