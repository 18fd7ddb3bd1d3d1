package kambitest

import (
	"fmt"
	"strconv"
	"time"
)

// genEvent, genOffer and genOutcome are what the generator knows of its entities.
type genEvent struct {
	id       int64
	sport    *genSport
	group    int
	people   []genPerson
	startsAt time.Time
	status   string
	cashOut  string
	tags     []string
	left     int  // steps until the next stage of its life
	short    bool // was far on already when the feed began
	points   [2]int
	second   int // played
	offers   []*genOffer
	extra    bool // carries a field nobody knows
}

type genPerson struct {
	id   int64
	name string
	home bool
}

type genOffer struct {
	id, eventID int64
	slot        int // its number within the event
	kind        *genKind
	status      string
	cashOut     string
	main        bool
	line        int
	groups      []string // offerings of each price, as JSON lists
	closesAt    string
	outcomes    []*genOutcome
	extra       bool
}

type genOutcome struct {
	id, offerID int64
	label, typ  string
	status      string
	cashOut     string
	price       int // thousandths, of the first group
	person      int64
	line        int
}

type genSport struct {
	name, period string
	points       int // most points at once
	length       int // seconds of a period
	groups       []string
	teams        []string
}

// genKind is a sort of bet offer.
type genKind struct {
	typeID          int
	typeName        string
	criterion       int64
	label, lifetime string
	labels, types   []string // of the outcomes
	step            int      // of the line in thousandths, 0: no line
	live            bool
}

var genSports = []*genSport{
	{"FOOTBALL", "1st half", 1, 2700, []string{"Allsvenskan", "Ligue 1", "MLS"}, []string{"Malmö FF", "AIK", "Côte d'Azur", "Brighton & Hove", "Toronto FC", "Kalmar FF", "São Paulo"}},
	{"BASKETBALL", "1st quarter", 3, 720, []string{"NBA", "WNBA"}, []string{"Minnesota", "New York", "Phoenix", "Seattle", "Chicago", "\"76ers\""}},
	{"TENNIS", "Set 1", 1, 3000, []string{"ATP Båstad", "WTA Prague"}, []string{"Berg, A", "Novák, P", "Łuczak, M", "García, L", "Ito, K"}},
	{"ICE_HOCKEY", "1st period", 1, 1200, []string{"SHL", "Liiga"}, []string{"Frölunda", "Luleå", "Kärpät", "Tappara", "HIFK"}},
}

// basketballKinds come first in basketball events: the three criteria whose in-play
// prices matter downstream.
var basketballKinds = []*genKind{
	{1, "Handicap", 1001159512, "Point Spread - Including Overtime", "FULL_TIME_OVERTIME", []string{"1", "2"}, []string{"OT_ONE", "OT_TWO"}, 1000, true},
	{2, "Match", 1001159732, "Moneyline - Including Overtime", "FULL_TIME_OVERTIME", []string{"1", "2"}, []string{"OT_ONE", "OT_TWO"}, 0, true},
	{6, "Over/Under", 1001159509, "Total Points - Including Overtime", "FULL_TIME_OVERTIME", []string{"Over", "Under"}, []string{"OT_OVER", "OT_UNDER"}, 1000, true},
}

var genKinds = []*genKind{
	{2, "Match", 1001159858, "Full Time", "FULL_TIME", []string{"1", "X", "2"}, []string{"OT_ONE", "OT_CROSS", "OT_TWO"}, 0, true},
	{6, "Over/Under", 1001159926, "Total Goals", "FULL_TIME", []string{"Over", "Under"}, []string{"OT_OVER", "OT_UNDER"}, 500, true},
	{7, "Asian Handicap", 1002275572, "Asian Handicap", "FULL_TIME", []string{"1", "2"}, []string{"OT_UNTYPED", "OT_UNTYPED"}, 250, true},
	{10, "Odd/Even", 1001160038, "Total Goals Odd/Even", "FULL_TIME", []string{"Odd", "Even"}, []string{"OT_ODD", "OT_EVEN"}, 0, false},
	{12, "Double Chance", 1001159922, "Double Chance", "FULL_TIME", []string{"1X", "12", "X2"}, []string{"OT_ONE_OR_CROSS", "OT_ONE_OR_TWO", "OT_CROSS_OR_TWO"}, 0, true},
	{18, "Yes/No", 1001642858, "Both Teams To Score", "FULL_TIME", []string{"Yes", "No"}, []string{"OT_YES", "OT_NO"}, 0, true},
	{3, "Correct Score", 1001159780, "Correct Score", "FULL_TIME", scoreLabels(), nil, 0, true},
}

// scoreLabels are those of an offer with many outcomes.
func scoreLabels() []string {
	var out []string
	for home := range 5 {
		for away := range 5 {
			out = append(out, fmt.Sprintf("%d-%d", home, away))
		}
	}
	return out
}

func (g *Generator) newEvent() *genEvent {
	sport := genSports[g.born%len(genSports)]
	home := g.rng.IntN(len(sport.teams))
	away := (home + 1 + g.rng.IntN(len(sport.teams)-1)) % len(sport.teams)
	return &genEvent{
		id: g.id(&g.eventID), sport: sport, group: g.rng.IntN(len(sport.groups)),
		people: []genPerson{
			{g.id(&g.personID), sport.teams[home], true}, {g.id(&g.personID), sport.teams[away], false},
		},
		startsAt: g.now.Truncate(time.Minute).Add(time.Duration(g.rng.IntN(48)) * 15 * time.Minute),
		status:   "NOT_STARTED", cashOut: "ENABLED",
		tags:  []string{"OFFERED_LIVE", "MATCH", "BET_BUILDER", "STREAMED_WEB"}[:2+g.rng.IntN(3)],
		extra: g.oneIn(20),
	}
}

// newOffer makes the bet offer number slot of an event: main lines first.
func (g *Generator) newOffer(e *genEvent, slot int) *genOffer {
	kind := genKinds[g.rng.IntN(len(genKinds))]
	if e.sport.name == "BASKETBALL" && (slot < len(basketballKinds) || g.oneIn(3)) {
		kind = basketballKinds[slot%len(basketballKinds)]
	}
	o := &genOffer{
		id: g.id(&g.offerID), eventID: e.id, slot: slot, kind: kind, status: "OPEN",
		cashOut: pick(g, []string{"ENABLED", "ENABLED", "DISABLED"}), main: slot < 3, groups: g.groups(),
		line: kind.step * (1 + g.rng.IntN(20)), extra: g.oneIn(40),
	}
	if !kind.live {
		o.closesAt = e.startsAt.Format(time.RFC3339)
	}
	for i, label := range kind.labels {
		oc := &genOutcome{
			id: g.id(&g.outcomeID), offerID: o.id, label: label, typ: "OT_UNTYPED", status: "OPEN",
			cashOut: "ENABLED", price: 1100 + 10*g.rng.IntN(900), line: o.line,
		}
		if kind.types != nil {
			oc.typ = kind.types[i]
		}
		switch oc.label {
		case "1":
			oc.person = e.people[0].id
		case "2":
			oc.person = e.people[1].id
			oc.line = -o.line // the other side of a handicap
		}
		o.outcomes = append(o.outcomes, oc)
	}
	return o
}

// groupings are the ways prices are shared between offerings: 2 to 4 of them, in one
// to four groups.
var groupings = [][][]int{
	{{0, 1}}, {{0}, {1}}, {{0, 2}, {1}}, {{0, 1}, {2, 3}}, {{0}, {1, 2, 3}}, {{0}, {1}, {2}, {3}}, {{3, 1, 0}},
}

func (g *Generator) groups() []string {
	names := Offerings()
	var out []string
	for _, members := range pick(g, groupings) {
		text := "["
		for i, m := range members {
			if i > 0 {
				text += ","
			}
			text += strconv.Quote(names[m])
		}
		out = append(out, text+"]")
	}
	return out
}
