package schema

// Body is the content of a record. Every kind has exactly one body type.
type Body interface {
	// RecordKind is the kind that the body is recorded under.
	RecordKind() Kind
}

// JSON is canonical JSON text: sorted member names, no white space, numbers
// as they came. The empty string means absent.
type JSON string

// MarshalJSON lets encoding/json print the text; absent prints as null.
func (j JSON) MarshalJSON() ([]byte, error) {
	if j == "" {
		return []byte("null"), nil
	}
	return []byte(j), nil
}

// Genesis is the first record of every source partition. A checkpoint carries
// the journal's id, so that a store never folds another journal's records.
type Genesis struct {
	Journal    string `json:"journal"`    // id of the journal, 32 hex digits
	Topic      string `json:"topic"`      // name of the topic, with its prefix
	Partition  int32  `json:"partition"`  // this partition
	Partitions int32  `json:"partitions"` // how many the topic has, for ever
}

// Claim opens a lane: the record's own lane and epoch are what it claims. The
// first claim above the lane's current epoch wins, and Nonce tells whose it is.
type Claim struct {
	Nonce string `json:"nonce"`         // 32 hex digits, random for each attempt
	Who   string `json:"who,omitempty"` // free text for people: host and process
}

// Retire frees a lane: its epoch and writer are forgotten.
type Retire struct {
	Lane string `json:"lane"`
}

func (*Genesis) RecordKind() Kind { return KindGenesis }
func (*Claim) RecordKind() Kind   { return KindClaim }
func (*Retire) RecordKind() Kind  { return KindRetire }
