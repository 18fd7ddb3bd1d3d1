package matcher

import (
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// generator is a small fast source of numbers.
type generator uint64

func (g *generator) pick(n int) int {
	*g += k6
	return int(mix(uint64(*g)^k0, uint64(*g)^k3) % uint64(n))
}

// ops is how many commands the random tests do.
func ops(t testing.TB, short int) int {
	if text := os.Getenv("DEADHEAT_COMMANDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal("DEADHEAT_COMMANDS: ", err)
		}
		return n
	}
	return short
}

// TestNaive compares every report, level, order and hash with the naive exchange
// after every command.
func TestNaive(t *testing.T) {
	total := ops(t, 300_000)
	kinds, codes, reasons := make(map[Kind]int), make(map[Code]int), make(map[Reason]int)
	done, reports := 0, 0
	for seed := 1; done < total; seed++ {
		g := generator(seed * 1_000_003)
		h := newHistory(t, g.pick)
		for range min(10_000, total-done) {
			h.one()
			if h.twin == nil && g.pick(150) == 0 {
				h.snapshot()
			}
			done++
		}
		reports += h.reports
		add(kinds, h.kinds)
		add(codes, h.codes)
		add(reasons, h.reasons)
	}
	t.Logf("%d commands, %d reports: %v %v %v", done, reports, kinds, codes, reasons)
	if total < 100_000 {
		return
	}
	for k := Accepted; k <= Triggered; k++ {
		if kinds[k] == 0 {
			t.Errorf("no report %s", k)
		}
	}
	for c := OK; int(c) < len(codeNames); c++ {
		if codes[c] == 0 && c != BadConfig && c != MarketExists { // Create reports nothing
			t.Errorf("nothing was refused as %s", c)
		}
	}
	for r := Requested; r <= EndOfDay; r++ {
		if reasons[r] == 0 {
			t.Errorf("nothing was cancelled for %s", r)
		}
	}
}

func add[K comparable](to, from map[K]int) {
	for k, n := range from {
		to[k] += n
	}
}

// TestRapid is the same with histories that shrink.
func TestRapid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, func(limit int) int {
			if limit == 1000 { // what to do: rapid likes small numbers, and the first ones all submit
				return rapid.SampledFrom([]int{1, 2, 3, 650, 750, 800, 925, 930, 932, 940, 960, 965, 975, 993, 997, 999}).Draw(t, "what")
			}
			return rapid.IntRange(0, limit-1).Draw(t, "n")
		})
		for range rapid.IntRange(50, 300).Draw(t, "length") {
			h.one()
			if h.twin == nil && h.pick(40) == 0 {
				h.snapshot()
			}
		}
	})
}

// FuzzCommands reads commands from bytes.
func FuzzCommands(f *testing.F) {
	for seed := range 8 {
		g := generator(seed)
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(g.pick(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h := newHistory(t, func(n int) int {
			if len(data) < 2 {
				return 0
			}
			x := int(data[0])<<8 | int(data[1])
			data = data[2:]
			return x % n
		})
		for len(data) > 0 {
			h.one()
			if len(data) == 1 {
				break
			}
		}
		h.snapshot()
	})
}
