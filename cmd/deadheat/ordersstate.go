package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// submitState is how far a file of commands was submitted, kept beside it.
type submitState struct {
	Name  string `json:"name"`  // what the ids of its commands are made of
	Lines int64  `json:"lines"` // that are answered, from the first
}

// readSubmitState reads a state; false when there is none.
func readSubmitState(path string) (s submitState, ok bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err == nil && (s.Lines < 0 || s.Name == "") {
		err = errors.New("it is not what this command writes")
	}
	if err != nil {
		return s, false, usagef("state %s: %v; remove it to begin with the first line", path, err)
	}
	return s, true, nil
}

// write replaces the state: whenever the process ends, there is the old one or
// the new one.
func (s submitState) write(path string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("state: %w", err)
	}
	return nil
}
