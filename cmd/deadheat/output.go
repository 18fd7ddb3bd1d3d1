package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// Formats of -o. A command takes those that make sense for it, and help.
const (
	formatText  = "text"  // for people; may change
	formatJSON  = "json"  // one value, of a list one array
	formatJSONL = "jsonl" // one object a line
	formatHelp  = "help"  // the schema of the output, not the output
)

const outputFlag = "output"

// outputValue is the value of -o.
type outputValue struct {
	format string
	known  []string
	list   bool
	sample reflect.Type // of one row
}

func (v *outputValue) String() string { return v.format }
func (v *outputValue) Type() string   { return "FORMAT" }

func (v *outputValue) Set(text string) error {
	if !slices.Contains(v.known, text) {
		return fmt.Errorf("want %s", strings.Join(v.known, ", "))
	}
	v.format = text
	return nil
}

// addListOutput gives a command that prints a list of rows its -o flag.
func addListOutput[Row any](cmd *cobra.Command) {
	addOutput(cmd, &outputValue{list: true, sample: reflect.TypeFor[Row](), known: []string{formatText, formatJSON, formatJSONL, formatHelp}})
}

// addOneOutput gives a command that prints one value its -o flag.
func addOneOutput[Value any](cmd *cobra.Command) {
	addOutput(cmd, &outputValue{sample: reflect.TypeFor[Value](), known: []string{formatText, formatJSON, formatHelp}})
}

func addOutput(cmd *cobra.Command, v *outputValue) {
	v.format = formatText
	cmd.Flags().VarP(v, outputFlag, "o", "output: "+strings.Join(v.known, ", "))
}

// outputFormat is the format that the user chose.
func outputFormat(cmd *cobra.Command) string {
	if f := cmd.Flags().Lookup(outputFlag); f != nil {
		return f.Value.String()
	}
	return formatText
}

func wantsSchema(cmd *cobra.Command) bool { return outputFormat(cmd) == formatHelp }

// orSchema answers -o help in place of running the command.
func orSchema(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if wantsSchema(cmd) {
			v := cmd.Flags().Lookup(outputFlag).Value.(*outputValue)
			return writeSchema(cmd.OutOrStdout(), v)
		}
		return run(cmd, args)
	}
}

// printOne prints one value: as JSON, or as the text that the function writes.
func printOne[Value any](cmd *cobra.Command, v Value, text func(w io.Writer, v Value)) error {
	w := bufio.NewWriter(cmd.OutOrStdout())
	if outputFormat(cmd) == formatText {
		text(w, v)
	} else if err := encodeJSON(w, v); err != nil {
		return err
	}
	return flushed(w)
}

// printList prints all rows: as JSON, or as a table under a header line whose
// columns, like those of each row's line, are divided by tabs.
func printList[Row any](cmd *cobra.Command, list []Row, header string, line func(Row) string) error {
	r := newRows(cmd, line)
	if r.format == formatText {
		table := tabwriter.NewWriter(r.w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, header)
		for _, row := range list {
			fmt.Fprintln(table, line(row))
		}
		table.Flush() // errors stay in r.w until it is flushed
		return flushed(r.w)
	}
	for _, row := range list {
		if err := r.add(row); err != nil {
			return err
		}
	}
	return r.close(nil)
}

// rows prints a list whose rows come one after the other.
type rows[Row any] struct {
	w      *bufio.Writer
	format string
	line   func(Row) string
	count  int
}

// newRows prints rows in the format of the command; line is the text form.
func newRows[Row any](cmd *cobra.Command, line func(Row) string) *rows[Row] {
	return &rows[Row]{w: bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10), format: outputFormat(cmd), line: line}
}

func (r *rows[Row]) add(row Row) error {
	r.count++
	if r.format == formatText {
		_, err := fmt.Fprintln(r.w, r.line(row))
		return err
	}
	if r.format == formatJSON {
		// A list is begun by its first row, so that a command that fails
		// before has printed nothing.
		separator := ","
		if r.count == 1 {
			separator = "["
		}
		r.w.WriteString(separator)
	}
	return encodeJSON(r.w, row)
}

// flush shows what was added so far.
func (r *rows[Row]) flush() error { return flushed(r.w) }

// close ends the list and returns the error that ended it, if any. A list that
// an error cut short is valid JSON all the same; one without rows stays unsaid.
func (r *rows[Row]) close(err error) error {
	if r.format == formatJSON {
		switch {
		case r.count > 0:
			r.w.WriteString("]\n")
		case err == nil:
			r.w.WriteString("[]\n")
		}
	}
	if flushErr := flushed(r.w); err == nil {
		return flushErr
	}
	return err
}

// encodeJSON writes one value and a line end. Text stays as it is: the output
// is not meant for a web page, so <, > and & are not escaped.
func encodeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func flushed(w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
