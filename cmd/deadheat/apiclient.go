package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/deadheat-io/deadheat/journal"
)

// apiClient asks a running process.
type apiClient struct {
	base string // without a slash at its end
	http *http.Client
}

// newAPIClient takes what --url names.
func newAPIClient(text string) (*apiClient, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usagef("--url %q: want http://HOST:PORT of a running process", text)
	}
	return &apiClient{base: strings.TrimRight(text, "/"), http: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}}, nil
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 20

// statusError is an answer that is no success.
type statusError struct {
	url    string
	status int
	text   string // what the other side said, or ""
}

func (e *statusError) Error() string {
	said := ""
	if e.text != "" {
		said = ": " + e.text
	}
	return fmt.Sprintf("%s answered %d %s%s", e.url, e.status, http.StatusText(e.status), said)
}

// newStatusError keeps what the other side gives as its error.
func newStatusError(url string, status int, body []byte) error {
	var said struct{ Error any }
	e := &statusError{url: url, status: status}
	if json.Unmarshal(body, &said) == nil && said.Error != nil {
		e.text = fmt.Sprint(said.Error)
	}
	if text, ok := said.Error.(map[string]any); ok && text["text"] != nil {
		e.text = fmt.Sprint(text["text"])
	}
	if status == http.StatusNotFound {
		return &notFoundError{e}
	}
	return e
}

// unreachable says that there was no answer, or no whole one.
func unreachable(ctx context.Context, url string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", url, &unreachableError{err})
}

// unreachableError says that a process does not answer.
type unreachableError struct{ err error }

func (e *unreachableError) Error() string   { return "does not answer: " + e.err.Error() }
func (e *unreachableError) Unwrap() []error { return []error{e.err, journal.ErrUnreachable} }

// get reads one JSON value.
func (c *apiClient) get(ctx context.Context, path string, into any) error {
	at := c.base + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return usagef("--url: %v", err)
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return unreachable(ctx, c.base, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	switch {
	case err != nil:
		return unreachable(ctx, c.base, err)
	case answer.StatusCode != http.StatusOK:
		return newStatusError(at, answer.StatusCode, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: the answer is not understood: %w", at, err)
	}
	return nil
}
