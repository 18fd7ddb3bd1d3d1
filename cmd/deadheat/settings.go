package main

import (
	"github.com/deadheat-io/deadheat/journal/schema"
)

// over puts what is configured over the settings in force.
func (s *OfferingSettings) over(have schema.OfferingConfig) schema.OfferingConfig {
	if s == nil {
		return have
	}
	if s.Window != nil {
		have.Window = *s.Window
	}
	if s.Criteria != nil {
		have.Criteria = s.Criteria
	}
	if s.Jurisdictions != nil {
		have.Jurisdictions = s.Jurisdictions
	}
	return have
}
