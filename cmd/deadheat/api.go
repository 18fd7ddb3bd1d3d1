package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/replay"
)

// apiServer serves state, hashes, health and metrics. It only reads.
type apiServer struct {
	addr string
	http *http.Server
}

// Timeouts of the API, against clients that do not speak or do not listen.
const (
	apiReadTimeout  = 10 * time.Second
	apiWriteTimeout = 60 * time.Second
	apiStopTime     = 2 * time.Second
)

func serveAPI(e *engine, listen string) (*apiServer, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("serve HTTP: %w", err)
	}
	s := &apiServer{addr: l.Addr().String(), http: &http.Server{
		Handler: http.NewCrossOriginProtection().Handler(e.routes()), ReadTimeout: apiReadTimeout, WriteTimeout: apiWriteTimeout, MaxHeaderBytes: 16 << 10,
	}}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			e.log.Error("the API ended", "error", err)
		}
	}()
	return s, nil
}

func (s *apiServer) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), apiStopTime)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		s.http.Close()
	}
}

func (e *engine) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", e.index)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", e.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(e.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /v1/hash", e.hashes)
	mux.HandleFunc("GET /v1/executions", e.executions)
	mux.HandleFunc("GET /v1/sources", e.sources)
	mux.HandleFunc("GET /v1/books", e.books)
	mux.HandleFunc("GET /v1/books/{market}", e.book)
	mux.HandleFunc("GET /v1/state/{projection}", e.export)
	mux.HandleFunc("GET /v1/state/{projection}/{key...}", e.get)
	if e.intake != nil {
		e.intake.Register(mux)
	}
	return mux
}

// index tells what there is.
func (e *engine) index(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `deadheat

/v1/hash                            position, chain and state hash of every partition
/v1/state/offering[?topic=]         all events and bet offers
/v1/state/offering/event/ID         one event
/v1/state/offering/betOffer/ID      one bet offer
/v1/state/book                      all markets with their orders
/v1/books, /v1/books/MARKET         markets; levels of one [?depth=&orders=true]
/v1/orders                          POST a command, or a batch of lines
/v1/orders/MARKET/ACCOUNT/ID        what became of an order
/v1/executions                      what happens, as server-sent events [?from=]
/v1/sources                         status and counters of the feeds
/livez /readyz /metrics
`)
}

// readyz is 200 once every projection has caught up with its journal, every source
// is live, and orders are taken.
func (e *engine) readyz(w http.ResponseWriter, _ *http.Request) {
	type check struct {
		Partition string `json:"partition"`
		Next      int64  `json:"next"`
		End       int64  `json:"end"`
		Source    string `json:"source,omitempty"`
		Error     string `json:"error,omitempty"` // the journal's
		Ready     bool   `json:"ready"`
	}
	ready, checks := true, []check{}
	for _, u := range e.units {
		end, reachable, err := u.ends.last()
		c := check{Partition: u.part.Partition.String(), Next: u.runner.Status().Next, End: end}
		c.Ready = reachable && end-c.Next < maxReadyLag
		if err != nil {
			c.Error = err.Error()
		}
		if u.source != nil {
			status := u.source.Status()
			c.Source = status.State.String()
			c.Ready = c.Ready && status.Live()
		}
		ready = ready && c.Ready
		checks = append(checks, c)
	}
	answers := map[string]any{"checks": checks}
	if e.intake != nil {
		err := e.intake.Ready()
		if err != nil {
			ready = false
			answers["orders"] = err.Error()
		} else {
			answers["orders"] = "taken"
		}
	}
	status := http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
	}
	answers["ready"] = ready
	answer(w, status, answers)
}

// maxReadyLag is how far behind, in records, a projection is ready.
const maxReadyLag = 1000

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = encodeJSON(w, v) // the client is gone
}

func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, map[string]string{"error": fmt.Sprintf(format, args...)})
}

// hashes reports every partition at its live position.
func (e *engine) hashes(w http.ResponseWriter, r *http.Request) {
	start, reports := time.Now(), []*replay.Report{}
	for _, u := range e.units {
		err := u.runner.Do(r.Context(), func(v *projection.View) {
			c := &projection.Checkpoint{Next: v.Position.Offset, Chain: v.Chain, Hash: v.Hash()}
			reports = append(reports, replay.NewReport(u.kind.name, u.part.Partition, c, time.Since(start)))
		})
		if err != nil {
			refuse(w, http.StatusServiceUnavailable, "%s: %v", u.part.Partition, err)
			return
		}
	}
	answer(w, http.StatusOK, reports)
}

func (e *engine) sources(w http.ResponseWriter, _ *http.Request) {
	list := []any{}
	for _, u := range e.units {
		if u.source != nil {
			list = append(list, map[string]any{"name": u.source.Name(), "status": u.source.Status(), "stats": u.source.Stats()})
		}
	}
	answer(w, http.StatusOK, list)
}

// find returns the unit that a request is about: the only one, or that of the
// topic it names.
func (e *engine) find(w http.ResponseWriter, r *http.Request) *unit {
	name := r.PathValue("projection")
	if _, err := findKinds(name); err != nil || name == "" {
		refuse(w, http.StatusNotFound, "%v", err)
		return nil
	}
	topic := r.URL.Query().Get("topic")
	var found *unit
	for _, u := range e.units {
		if u.kind.name != name || topic != "" && u.part.Topic.Name != topic && u.part.Topic.Name != feedPrefix+topic {
			continue
		}
		if found != nil {
			refuse(w, http.StatusBadRequest, "there are several partitions: say which with ?topic=")
			return nil
		}
		found = u
	}
	if found == nil {
		refuse(w, http.StatusNotFound, "no topic %q that projection %s folds", topic, name)
	}
	return found
}

// position puts the public pair on an answer: where the state is, and its hash.
func position(w http.ResponseWriter, v *projection.View) {
	w.Header().Set("Deadheat-Position", v.Position.String())
	w.Header().Set("Deadheat-State-Hash", v.Hash().String())
}

func (e *engine) export(w http.ResponseWriter, r *http.Request) {
	u := e.find(w, r)
	if u == nil {
		return
	}
	var body bytes.Buffer
	var failed error
	err := u.runner.Do(r.Context(), func(v *projection.View) {
		position(w, v)
		failed = u.state.Export(&body)
	})
	e.send(w, u, body.Bytes(), errors.Join(err, failed))
}

func (e *engine) get(w http.ResponseWriter, r *http.Request) {
	u := e.find(w, r)
	if u == nil {
		return
	}
	var body []byte
	var failed error
	err := u.runner.Do(r.Context(), func(v *projection.View) {
		position(w, v)
		body, failed = u.state.Get(r.PathValue("key"))
	})
	if err == nil && failed == nil && body == nil {
		refuse(w, http.StatusNotFound, "%q does not exist; keys are event/ID, betOffer/ID and market/ID", r.PathValue("key"))
		return
	}
	e.send(w, u, append(body, '\n'), errors.Join(err, failed))
}

func (e *engine) send(w http.ResponseWriter, u *unit, body []byte, err error) {
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "%s: %v", u.part.Partition, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the client is gone
}
