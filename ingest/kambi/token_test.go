package kambi

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// FuzzTokenAnswer has arbitrary bytes in the place of the answer with the
// token. What is returned is a token; what is said holds nothing of the bytes.
func FuzzTokenAnswer(f *testing.F) {
	for _, head := range []string{"HTTP/1.1 200 OK\r\n", "HTTP/1.0 200\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", "HTTP/1.1 401 No\r\n", "secret"} {
		for _, rest := range []string{
			"\r\ntoken", "Content-Length: 5\r\n\r\ntoken", "Content-Length: 99\r\n\r\ntoken", "\r\n", "", "secret",
			"Transfer-Encoding: chunked\r\n\r\n5\r\ntoken\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\ntoken",
			"Content-Length: -1\r\n\r\n", "Content-Encoding: gzip\r\n\r\n\x1f\x8b", "\r\n\xfftoken",
		} {
			f.Add(head + rest)
		}
	}
	s := &Source{c: Config{TokenURL: "https://feed.example/token", Limits: Limits{Token: 64}}.withDefaults()}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.c.TokenURL, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, came string) {
		budget := &io.LimitedReader{R: strings.NewReader(came), N: maxTokenHead + 64}
		token, err := s.answer(budget, request)
		if err == nil {
			if token == "" || len(token) > 64 || !plain(token) {
				t.Fatalf("token %q of %q", token, came)
			}
			return
		}
		text := s.noToken(context.Background(), err, budget, "feed.example").Error()
		if !noTokenTexts.MatchString(text) {
			t.Fatalf("%q leads to %q", came, text)
		}
	})
}

// noTokenTexts are all errors that an answer can lead to: numbers apart, none
// of them depends on what came.
var noTokenTexts = regexp.MustCompile(`^(answer \d+( [A-Za-z' -]+)?, want 200; whoever runs it knows why` +
	`|the answer is no token \(\d+ bytes were read\): want up to 64 bytes of plain text; check the token URL` +
	`|the answer is larger than \d+ bytes, head and token; check the token URL` +
	`|the connection ended in the answer, behind \d+ bytes: unexpected EOF` +
	`|the \d+ bytes that came are no HTTP answer \(left out here, the token may be among them\); check the token URL)$`)
