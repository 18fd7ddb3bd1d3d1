package kambi

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// siege is what a way of being hostile must lead to.
type siege struct {
	cause string
	says  []string // parts of the error
	edit  func(*Config)
}

// Limits for those who are slow; all others have the usual ones, which a
// machine with much to do does not reach by itself.
func hurry(c *Config) {
	const soon = 300 * time.Millisecond
	c.Limits.FirstMessage, c.Limits.Stale, c.Limits.Connect, c.Limits.TokenTimeout = soon, soon, soon, soon
}

// checkAddress is the advice where the other side breaks the protocol.
const checkAddress = "check the address"

var tlsSieges = map[string]siege{
	"wrong authority":         {says: []string{"is not from an authority in ", "put the right CA bundle there"}},
	"wrong host":              {says: []string{"is for another host; check the address"}},
	"no TLS":                  {says: []string{"does not speak TLS; check the address"}},
	"closed in the handshake": {says: []string{"the connection in the TLS handshake; check the address"}},
	"slow handshake":          {says: []string{"TLS handshake with 127.0.0.1:", "not finished within "}, edit: hurry},
}

var feedSieges = map[string]siege{
	"silent":                        {cause: causeSlow, says: []string{"no SESSION_WELCOME within 300ms"}, edit: hurry},
	"no gzip":                       {cause: causeInflate, says: []string{"packed stream damaged", "frame 1 of the session, at byte 0 unpacked", checkAddress}},
	"slow welcome":                  {cause: causeSlow, says: []string{"no SESSION_WELCOME within 300ms"}, edit: hurry},
	"pings before the welcome":      {cause: causeProtocol, says: []string{"more than 100 pings within a second"}},
	"pings for ever and no session": {cause: causeSlow, says: []string{"no SESSION_INITIALIZED within 300ms"}, edit: func(c *Config) { hurry(c); c.Limits.Pings = 10_000 }},
	"entities before the session":   {cause: causeProtocol, says: []string{"before SESSION_INITIALIZED", checkAddress}},
	"nested welcome":                {cause: causeProtocol, says: []string{"malformed session message", "depth", checkAddress}},
	"an error with the token":       {cause: causeProtocol, says: []string{"the feed reports an error; its code of 23 bytes is left out"}},

	"bomb":                      {cause: causeBomb, says: []string{"inflates to more than 200 times its size", "65536 allowed", "frame 3 of the session", checkAddress}},
	"oversized":                 {cause: causeFrame, says: []string{"frame of 4294967295 bytes where 1 to 4194304 are allowed (frame 3 of the session, at byte "}},
	"just too large":            {cause: causeFrame, says: []string{"frame of 4194305 bytes where 1 to 4194304 are allowed"}},
	"frame of nothing":          {cause: causeFrame, says: []string{"frame of 0 bytes where 1 to 4194304 are allowed", checkAddress}},
	"damaged member":            {cause: causeInflate, says: []string{"packed stream damaged: gzip: invalid checksum (frame 3 of the session", checkAddress}},
	"truncated":                 {cause: causeNetwork, says: []string{"the connection ended inside a frame"}},
	"slow frame":                {cause: causeStale, says: []string{"no message and no ping for 300ms"}, edit: hurry},
	"empty members":             {cause: causeBomb, says: []string{"more packed bytes than the largest frame can need, and no frame"}, edit: func(c *Config) { c.Limits.Frame = 64 << 10 }},
	"rubbish":                   {cause: causeRubbish, says: []string{"201 more messages that cannot be decoded", "journalled as REJECTED_RAW"}},
	"objects without an offset": {cause: causeRubbish, says: []string{"201 more messages", "FEED_UNKNOWN"}},
	"nested":                    {cause: causeRubbish, says: []string{"21 more messages that cannot be decoded"}, edit: func(c *Config) { c.Limits.Rubbish = 20 }},
	"tiny fields":               {cause: causeRubbish, says: []string{"messages that cannot be decoded"}, edit: func(c *Config) { c.Limits.Rubbish = 2 }},
	"too large for a record": {cause: causeRubbish, says: []string{"more messages that cannot be decoded"}, edit: func(c *Config) {
		c.Limits.Rubbish, c.Pump.MaxBytes = 5, 4<<20 // they are found in the pump, so as many as it holds may follow
	}},
	"ping flood":         {cause: causeProtocol, says: []string{"more than 100 pings within a second", checkAddress}},
	"completed for ever": {cause: causeProtocol, says: []string{"_COMPLETED without a "}},
	"nothing but pings":  {cause: causeStale, says: []string{"what was asked for does not come: only signs of life for 200ms"}, edit: func(c *Config) { c.Limits.Answer = 200 * time.Millisecond }},
}

var tokenSieges = map[string]siege{
	"401":                 {says: []string{"answer 401 Unauthorized, want 200"}},
	"500":                 {says: []string{"answer 500 Internal Server Error, want 200"}},
	"garbage":             {says: []string{"the 10 bytes that came are no HTTP answer", "check the token URL"}},
	"garbage in the head": {says: []string{"are no HTTP answer"}},
	"a page":              {says: []string{"the answer is no token (21 bytes were read): want up to 16384 bytes of plain text"}},
	"nothing":             {says: []string{"the connection ended in the answer, behind 0 bytes"}},
	"cut":                 {says: []string{"the connection ended in the answer, behind "}},
	"endless head":        {says: []string{"the answer is larger than 81920 bytes"}},
	"endless line":        {says: []string{"the answer is larger than 81920 bytes"}},
	"endless body":        {says: []string{"the answer is no token (16385 bytes were read)"}},
	"endless chunks":      {says: []string{"the answer is "}},
	"endless 1xx":         {says: []string{"the answer is larger than 81920 bytes"}},
	"slow head":           {says: []string{"no complete answer within 300ms"}, edit: hurry},
	"slow body":           {says: []string{"no complete answer within 300ms"}, edit: hurry},
	"silent":              {says: []string{"no complete answer within 300ms (0 bytes came)"}, edit: hurry},
}

// each runs the sieges of a list, all of which must be expected.
func each(t *testing.T, ways []kambitest.Hostile, sieges map[string]siege, run func(*testing.T, kambitest.Hostile, siege)) {
	if len(ways) != len(sieges) {
		t.Errorf("%d ways and %d expectations", len(ways), len(sieges))
	}
	for _, way := range ways {
		t.Run(way.Name, func(t *testing.T) {
			t.Parallel()
			s, ok := sieges[way.Name]
			if !ok {
				t.Fatal("nothing is expected of it")
			}
			run(t, way, s)
		})
	}
}

// TestSiegeOfTheFeed: whatever a feed does, it is counted and told clearly, and
// when it is over the source goes on as if nothing had been.
func TestSiegeOfTheFeed(t *testing.T) {
	ways, err := kambitest.HostileFeeds(files(t))
	if err != nil {
		t.Fatal(err)
	}
	each(t, ways, feedSieges, func(t *testing.T, way kambitest.Hostile, s siege) { besiege(t, way, s, false) })
}

func TestSiegeOfTheToken(t *testing.T) {
	ways, err := kambitest.HostileTokens(files(t))
	if err != nil {
		t.Fatal(err)
	}
	each(t, ways, tokenSieges, func(t *testing.T, way kambitest.Hostile, s siege) {
		s.cause = causeToken
		besiege(t, way, s, true)
	})
}

func TestSiegeOfTheHandshake(t *testing.T) {
	ways, err := kambitest.HostileTLS(files(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	each(t, ways, tlsSieges, func(t *testing.T, way kambitest.Hostile, s siege) {
		s.cause = causeConnect
		besiege(t, way, s, false)
		s.cause = causeToken
		besiege(t, way, s, true)
	})
}

// besiege lets a source receive a part of a feed, meet the hostile server at
// the same address, and then the real one again.
func besiege(t *testing.T, way kambitest.Hostile, s siege, token bool) {
	feed := sequence(t, 300)
	r := newRig(t, kambitest.Config{Feed: feed, Faults: kambitest.Faults{StallAfter: 120}})
	var log safeBuffer
	r.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r.config.Limits = Limits{Rubbish: 200}
	if s.edit != nil {
		s.edit(&r.config)
	}
	door := doorTo(t, &r.config, token)
	run := r.run()
	run.wait("a part of the feed", func() bool { return len(r.offsets()) >= 120 })
	before := r.offsets()
	door.Hand(way.Serve)
	r.server.CutAll() // so that a token is asked for

	var status ingest.Status
	run.wait("two ends by "+s.cause, func() bool {
		status = run.source.Status()
		return run.source.Stats().Events[s.cause] >= 2 && strings.HasPrefix(status.Error, s.cause+": ")
	})
	for _, want := range s.says {
		if !strings.Contains(status.Error, want) {
			t.Errorf("error %q, want %q in it", status.Error, want)
		}
	}
	door.Hand(nil)
	run.complete(feed)
	run.wait("real time", func() bool { s := run.source.Status(); return s.Live() && s.Error == "" })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if after := r.offsets(); len(after) < len(before) {
		t.Errorf("%d messages were journalled, %d are", len(before), len(after))
	}
	r.modest(run, log.String())
}

// doorTo puts a door before the feed or before the token endpoint.
func doorTo(t *testing.T, c *Config, token bool) *kambitest.Door {
	t.Helper()
	target := c.Addr
	if token {
		target = strings.TrimSuffix(strings.TrimPrefix(c.TokenURL, "https://"), "/token")
	}
	door, err := kambitest.OpenDoor(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(door.Close)
	if token {
		c.TokenURL = "https://" + door.Addr() + "/token"
	} else {
		c.Addr = door.Addr()
	}
	return door
}

// modest checks what a siege may cost: a few lines and records for every
// session, none of them long, and no secret in any of them.
func (r *rig) modest(run *running, log string) {
	r.t.Helper()
	stats := run.source.Stats()
	var ends int64
	for event, n := range stats.Events {
		if event != "ping" && event != "session message unknown" {
			ends += n
		}
	}
	if lines := int64(strings.Count(log, "\n")); lines > 5*(ends+5) {
		r.t.Errorf("%d lines of log for %d ends", lines, ends)
	}
	for line := range strings.Lines(log) {
		if len(line) > 1000 || strings.Contains(line, "secret") {
			r.t.Errorf("a line of %d bytes: %.1200s", len(line), line)
		}
	}
	limit := int64(cmp.Or(r.config.Limits.Rubbish, 1000)) + 20 // some are found late
	if n := stats.Kinds[schema.KindRejectedRaw.String()] + stats.Kinds[schema.KindFeedUnknown.String()]; n > limit*(stats.Sessions+1) {
		r.t.Errorf("%d messages of rubbish in %d sessions", n, stats.Sessions)
	}
}

// TestReasonsAreCountedApartWithinLimits: names out of messages become part of
// reasons, and reasons become labels.
func TestReasonsAreCountedApartWithinLimits(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	r.config.Limits.Rubbish = 5000
	const n = 2000
	r.config.Addr = hostileMessages(t, func(say func(string)) {
		for i := range n {
			say(fmt.Sprintf(`{"type":"KIND_%d","offset":1,"member%d":`, i, i))
		}
		say(`{"type":"EVENT_DELETED","offset":5,"eventDeleted":{"id":1}}`)
	})
	run := r.run()
	run.wait("the message behind", func() bool { return run.source.Stats().Kinds["EVENT_DELETED"] == 1 })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	stats := run.source.Stats()
	var sum int64
	for reason, count := range stats.Rejected {
		if sum += count; len(reason) > 200 {
			t.Errorf("a reason of %d bytes", len(reason))
		}
	}
	if sum != n || len(stats.Rejected) > maxReasons+1 || len(stats.Kinds) > 10 {
		t.Errorf("%d rejected under %d reasons, %d kinds", sum, len(stats.Rejected), len(stats.Kinds))
	}
}

// hostileMessages is a server that says things in the place of a snapshot.
func hostileMessages(t *testing.T, serve func(say func(string))) string {
	t.Helper()
	return hostilePeers(t, func(p *peer) {
		serve(func(m string) { p.say(m) })
		_, _ = p.Read(make([]byte, 1<<16))
	})
}

// hostilePeers is a server that does things from the client's request on.
func hostilePeers(t *testing.T, serve func(*peer)) string {
	t.Helper()
	return hostile(t, func(conn *tls.Conn) {
		p := newPeer(conn)
		p.greet()
		serve(p)
	})
}
