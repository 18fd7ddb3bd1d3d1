package schema

import (
	"errors"
	"strconv"
)

// Odds is a decimal price in thousandths: 2.35 is 2350. Feeds use -1000 for
// "starting price". There is no floating point anywhere in the journal.
type Odds int64

// ErrOdds says that a text is not a decimal number that thousandths can hold.
var ErrOdds = errors.New("not a decimal with at most three places")

// maxOddsDigits bounds the digits before the point, far from overflow.
const maxOddsDigits = 15

// ParseOdds reads a plain JSON number, such as "2", "2.0" or "-1.5". Numbers
// with an exponent, with more than three places that are not zero, or with
// more than 15 digits before the point are refused with [ErrOdds].
func ParseOdds(text string) (Odds, error) {
	digits, negative := text, false
	if len(digits) > 0 && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	var n int64
	i := 0
	for ; i < len(digits) && digits[i] >= '0' && digits[i] <= '9'; i++ {
		if i == maxOddsDigits {
			return 0, ErrOdds
		}
		n = n*10 + int64(digits[i]-'0')
	}
	if i == 0 || (i > 1 && digits[0] == '0') {
		return 0, ErrOdds
	}
	n *= 1000
	if i < len(digits) {
		frac, err := thousandths(digits[i:])
		if err != nil {
			return 0, err
		}
		n += frac
	}
	if negative {
		n = -n
	}
	return Odds(n), nil
}

// thousandths reads ".5" as 500. Zeros past the third place are allowed.
func thousandths(point string) (int64, error) {
	if point[0] != '.' || len(point) == 1 {
		return 0, ErrOdds
	}
	var n int64
	weight := int64(100)
	for _, c := range []byte(point[1:]) {
		if c < '0' || c > '9' || (weight == 0 && c != '0') {
			return 0, ErrOdds
		}
		n += int64(c-'0') * weight
		weight /= 10
	}
	return n, nil
}

// Append writes the odds as the feed writes them: at least one decimal place,
// no more than needed ("2.0", "2.35").
func (o Odds) Append(dst []byte) []byte {
	n := uint64(o)
	if o < 0 {
		dst = append(dst, '-')
		n = -n // right for the least int64, too
	}
	dst = strconv.AppendUint(dst, n/1000, 10)
	frac := n % 1000
	dst = append(dst, '.', byte('0'+frac/100))
	if frac%100 != 0 {
		dst = append(dst, byte('0'+frac/10%10))
		if frac%10 != 0 {
			dst = append(dst, byte('0'+frac%10))
		}
	}
	return dst
}

// String is the decimal form.
func (o Odds) String() string { return string(o.Append(nil)) }

// MarshalJSON prints the decimal form as a JSON number.
func (o Odds) MarshalJSON() ([]byte, error) { return o.Append(nil), nil }
