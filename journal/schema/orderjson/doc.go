// Package orderjson is the line form of orders: one JSON object per command on
// its way in, one per execution on its way out.
//
// It promises that a line says what a client meant, or is refused with a code
// and the name of the field: [Decode] takes one flat object with known fields,
// each once and in its own type, and ends with the command's own Check. Whatever
// it takes, [AppendCommand] writes so that it decodes to the same command.
//
// It refuses everything that two readers could read differently: unknown fields
// and other cases of known ones, fields that come twice, null, fractions and
// exponents where whole numbers belong, numbers in quotes and decimals without
// them, nested objects, broken UTF-8, and bytes behind the object. The first
// mistake in the line is the one that is told.
package orderjson
