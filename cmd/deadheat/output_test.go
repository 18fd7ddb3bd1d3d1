package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

type testRow struct {
	ID   int64  `json:"id" doc:"number"`
	Name string `json:"name,omitempty"`
}

func testCommand(t *testing.T, format string) (*cobra.Command, *bytes.Buffer) {
	t.Helper()
	cmd, out := &cobra.Command{Use: "test"}, &bytes.Buffer{}
	cmd.SetOut(out)
	addListOutput[testRow](cmd)
	if err := cmd.Flags().Set(outputFlag, format); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

func testLine(r testRow) string { return r.Name + "\t" + strings.Repeat("#", int(r.ID)) }

func TestPrintList(t *testing.T) {
	list := []testRow{{1, "a<b>&"}, {3, "long name"}}
	for format, want := range map[string]string{
		formatText:  "NAME       ID\na<b>&      #\nlong name  ###\n",
		formatJSON:  `[{"id":1,"name":"a<b>&"}` + "\n" + `,{"id":3,"name":"long name"}` + "\n]\n",
		formatJSONL: `{"id":1,"name":"a<b>&"}` + "\n" + `{"id":3,"name":"long name"}` + "\n",
	} {
		cmd, out := testCommand(t, format)
		if err := printList(cmd, list, "NAME\tID", testLine); err != nil || out.String() != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", format, err, out, want)
		}
	}
}

// TestRowsCutShort checks that an error leaves nothing on stdout when it comes
// first, and valid JSON when it comes later.
func TestRowsCutShort(t *testing.T) {
	fail := errors.New("test")
	for rows := range 3 {
		cmd, out := testCommand(t, formatJSON)
		r := newRows(cmd, testLine)
		for i := range rows {
			if err := r.add(testRow{ID: int64(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.close(fail); !errors.Is(err, fail) {
			t.Errorf("%d rows: %v, want the error that ended the list", rows, err)
		}
		var list []testRow
		err := json.Unmarshal(out.Bytes(), &list)
		if rows == 0 && out.Len() > 0 || rows > 0 && (err != nil || len(list) != rows) {
			t.Errorf("%d rows: %q: %v", rows, out, err)
		}
	}
	cmd, out := testCommand(t, formatJSON)
	if err := newRows(cmd, testLine).close(nil); err != nil || out.String() != "[]\n" {
		t.Errorf("an empty list: %q, %v", out, err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("test: nobody reads") }

// TestPrintFails checks that output that was lost is an error in every format.
func TestPrintFails(t *testing.T) {
	for _, format := range []string{formatText, formatJSON, formatJSONL} {
		cmd, _ := testCommand(t, format)
		cmd.SetOut(brokenPipe{})
		if err := printList(cmd, []testRow{{1, "a"}}, "NAME\tID", testLine); err == nil {
			t.Errorf("%s: no error", format)
		}
	}
}

func TestSchemaOfRow(t *testing.T) {
	cmd, out := testCommand(t, formatHelp)
	if err := orSchema(nil)(cmd, nil); err != nil {
		t.Fatal(err)
	}
	want := "json: one array of objects; jsonl: one object a line. An object has:\n" +
		"  id                 integer   number\n" +
		"  name               string    absent when empty\n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out, want)
	}
}
