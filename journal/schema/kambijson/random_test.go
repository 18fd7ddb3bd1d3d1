package kambijson_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"pgregory.net/rapid"
)

// names has every known name of an entity, and some that sort between them or
// need escapes.
var names = strings.Fields(`id status cashOutStatus tags participants score matchClock name sport startsAt group
	competitionName defaultTranslation type homeParticipant eventId lineType betOfferType criterion label lifetime
	occurrenceType closesAt outcomes betOfferId odds line participantId eventParticipantId offerings decimal offset
	event betOffer outcomeId lineTypes a ida Z \" \n \u0001 \u00e9 é 😀 \ud83d\ude00x`)

var scalars = strings.Fields(`null true false 0 -0 1 -7 1.0 2.35 2.3456 1e3 1E-2 -1.000 9223372036854775807
	9223372036854775808 1e99999 "" "OPEN" "\u0041" "\\\"" "\ud83d\ude00" "é" [] {} ["a"] [1]`)

type generator struct{ *rapid.T }

func (g generator) value(depth int) string {
	switch n := rapid.IntRange(0, 9).Draw(g.T, "shape"); {
	case depth == 0 || n < 5:
		return rapid.SampledFrom(scalars).Draw(g.T, "scalar")
	case n < 7:
		items := make([]string, rapid.IntRange(0, 3).Draw(g.T, "items"))
		for i := range items {
			items[i] = g.object(depth-1, strconv.Itoa(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return g.object(depth-1, "")
	}
}

// object has the id, if one is given, and random members in random order.
func (g generator) object(depth int, id string) string {
	var members []string
	used := map[string]bool{"é": false}
	if id != "" {
		members, used["id"] = append(members, `"id":`+id), true
	}
	for range rapid.IntRange(0, 6).Draw(g.T, "members") {
		name := rapid.SampledFrom(names).Draw(g.T, "name")
		same := strings.ReplaceAll(name, `\u00e9`, "é")
		if used[same] {
			continue
		}
		used[same] = true
		members = append(members, `"`+name+`" : `+g.value(depth))
	}
	return "{" + strings.Join(rapid.Permutation(members).Draw(g.T, "order"), ",") + "}"
}

// TestRandom has messages of random shapes that are about something that can
// be told. All that decode obey the law; an error is only for a list.
func TestRandom(t *testing.T) {
	d := kambijson.NewDecoder()
	decoded := 0
	rapid.Check(t, func(t *rapid.T) {
		g := generator{t}
		head := []string{
			`"offset":` + strconv.Itoa(rapid.IntRange(1, 99).Draw(t, "offset")), `"zz":` + g.value(3), `"more":` + g.value(2),
		}
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			head = append(head, `"eventUpdated":{"x":`+g.value(2)+`,"event":`+g.object(4, "5")+`}`)
		case 1:
			head = append(head, `"betOfferAdded":{"betOffer":`+g.object(5, "5")+`}`)
		case 2:
			head = append(head, `"eventScoreUpdated":{"score":`+g.value(3)+`,"eventId":5,"a":`+g.value(2)+`}`)
		case 3:
			head = append(head, `"outcomeOddsUpdated":{"odds":[`+g.object(3, "1")+`],"outcomeId":5,"betOfferId":6,"more":`+g.value(2)+`}`)
		}
		if rapid.Bool().Draw(t, "typed") {
			head = append(head, `"type":"EVENT_UPDATED"`)
		}
		message := []byte("{" + strings.Join(rapid.Permutation(head).Draw(t, "order"), ",") + "}")
		if _, err := d.Decode(message, schema.FlowReplay); err == nil {
			decoded++
			law(t, d, message)
		} else if !strings.Contains(string(message), "[") {
			t.Fatalf("%s: %v", message, err)
		}
	})
	if decoded == 0 {
		t.Error("nothing decoded")
	}
	t.Logf("%d decoded", decoded)
}
