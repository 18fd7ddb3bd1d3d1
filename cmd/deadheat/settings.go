package main

import (
	"github.com/deadheat-io/deadheat/journal/schema"
)

// over puts what is configured over the settings in force.
func (o *OfferingSettings) over(have schema.OfferingConfig) schema.OfferingConfig {
	if o == nil {
		return have
	}
	if o.Window != nil {
		have.Window = *o.Window
	}
	if o.Criteria != nil {
		have.Criteria = o.Criteria
	}
	if o.Jurisdictions != nil {
		have.Jurisdictions = o.Jurisdictions
	}
	return have
}
