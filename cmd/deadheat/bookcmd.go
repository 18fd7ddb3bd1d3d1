package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/book"
)

const bookHelp = `The book is read from the store of the projection book, as of its last
checkpoint, beside the process that writes it; or asked of a running process
with --url, which tells at most 1,000 levels of a side. With --watch it is shown
again every second until it is stopped.`

func newBook(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "book",
		Short: "Show the book of a market (read-only)",
		Long:  "Show the book of a market.\n\n" + bookHelp,
		Example: `  deadheat book show m1 --config deadheat.yaml
  deadheat book ladder m1 --url http://127.0.0.1:7480 --watch`,
	}
	cmd.AddCommand(newBookShow(o), newBookLadder(o), newBookDepth(o))
	return cmd
}

// bookFlags are what the commands about a book share.
type bookFlags struct {
	url    string
	watch  bool
	orders bool // they are asked for
}

func (f *bookFlags) add(cmd *cobra.Command) {
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringVar(&f.url, "url", "", "ask the running process at `URL` in place of reading its store")
	cmd.Flags().BoolVarP(&f.watch, "watch", "w", false, "show it again every second")
}

// addViewOutput gives a command that shows something as it is now, once or again
// and again, its -o flag.
func addViewOutput[Value any](cmd *cobra.Command, list bool) {
	addOutput(cmd, &outputValue{list: list, sample: reflect.TypeFor[Value](), known: []string{formatText, formatJSON, formatJSONL, formatHelp}})
}

// source is where a market is read from.
func (f *bookFlags) source(cmd *cobra.Command, o *options, market string) (func(context.Context) (*bookView, error), error) {
	if f.url != "" {
		client, err := newAPIClient(f.url)
		return func(ctx context.Context) (*bookView, error) {
			ctx, cancel := context.WithTimeout(ctx, askTime)
			defer cancel()
			return client.askMarket(ctx, market, f.orders)
		}, err
	}
	c, err := o.load(cmd)
	return func(ctx context.Context) (*bookView, error) { return o.loadMarket(ctx, c, market) }, err
}

const (
	watchEvery = time.Second
	askTime    = 10 * time.Second // for one answer
)

// run shows a market once, or every second.
func (f *bookFlags) run(cmd *cobra.Command, o *options, market string, show func(*bookView) error) error {
	read, err := f.source(cmd, o, market)
	if err != nil {
		return err
	}
	v, err := read(cmd.Context())
	if err != nil || !f.watch {
		if err == nil {
			err = show(v)
		}
		return err
	}
	before, after := watchMarks(cmd)
	again := time.NewTicker(watchEvery)
	defer again.Stop()
	for {
		if _, err := io.WriteString(cmd.OutOrStdout(), before); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		if err := show(v); err != nil {
			return err
		}
		if _, err := io.WriteString(cmd.OutOrStdout(), after); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		select {
		case <-cmd.Context().Done():
			return cmd.Context().Err()
		case <-again.C:
		}
		if v, err = read(cmd.Context()); err != nil {
			return err
		}
	}
}

// watchMarks are what is printed before and after each view: a terminal is
// cleared, text elsewhere is divided by an empty line.
func watchMarks(cmd *cobra.Command) (before, after string) {
	if outputFormat(cmd) != formatText {
		return "", ""
	}
	if f, ok := cmd.OutOrStdout().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return "\x1b[H\x1b[2J", ""
	}
	return "", "\n"
}

// headline says what market it is, and as of when.
func (v *bookView) headline() string {
	m := &v.Market
	text := fmt.Sprintf("%s  %s, %s", m.ID, m.Kind, m.State)
	if m.Killed {
		text += ", killed"
	}
	if m.Last.OK {
		text += "  last " + m.Last.V.String()
	}
	if v.position != "" {
		text += "  as of " + v.position
	}
	return text
}

// shownMarket is what book show prints.
type shownMarket struct {
	Market book.MarketInfo  `json:"market" doc:"what the market is like"`
	Bid    *book.Level      `json:"bid,omitempty" doc:"the best one; of odds, of lays"`
	Ask    *book.Level      `json:"ask,omitempty" doc:"the best one; of odds, of backs"`
	Orders []book.OrderInfo `json:"orders" doc:"open ones: bids best to worst, asks, waiting stops"`
}

func newBookShow(o *options) *cobra.Command {
	f := bookFlags{orders: true}
	cmd := &cobra.Command{
		Use:   "show MARKET",
		Short: "What a market is like, its best prices and open orders",
		Long:  "Show what a market is like, the top of its book, and its open orders: bids\nbest to worst, asks, then the stops that wait.\n\n" + bookHelp,
		Example: `  deadheat book show m1 --config deadheat.yaml
  deadheat book show m1 --url http://127.0.0.1:7480 -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, o, args[0], func(v *bookView) error {
				s := shownMarket{Market: v.Market, Bid: top(v.Bids), Ask: top(v.Asks), Orders: v.Orders}
				if s.Orders == nil {
					s.Orders = []book.OrderInfo{}
				}
				return printOne(cmd, s, func(w io.Writer, _ shownMarket) { v.writeMarket(w) })
			})
		},
	}
	f.add(cmd)
	addViewOutput[shownMarket](cmd, false)
	return cmd
}

func top(levels []book.Level) *book.Level {
	if len(levels) == 0 {
		return nil
	}
	return &levels[0]
}

// writeMarket writes a market for people.
func (v *bookView) writeMarket(w io.Writer) {
	m := &v.Market
	fmt.Fprintln(w, v.headline())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush() // errors stay in w until it is flushed
	fmt.Fprintf(table, "tick\t%s\nlot\t%d\n", m.Tick, m.Lot)
	if m.Low.OK || m.High.OK {
		fmt.Fprintf(table, "band\t%s to %s\n", orDash(m.Low), orDash(m.High))
	}
	for _, account := range m.KilledAccounts {
		fmt.Fprintf(table, "killed\t%s\n", account)
	}
	fmt.Fprintf(table, "executions\t%d\norders\t%d, %d open\nhash\t%s\n", m.Seq, m.Orders, m.Open, m.Hash)
	bid, ask := v.sideNames()
	for side, level := range [2]*book.Level{top(v.Bids), top(v.Asks)} {
		text := "none"
		if level != nil {
			text = fmt.Sprintf("%d at %s", level.Shown, level.Price)
		}
		fmt.Fprintf(table, "best %s\t%s\n", []string{bid, ask}[side], text)
	}
	table.Flush()
	if len(v.Orders) == 0 {
		return
	}
	fmt.Fprintln(table, "\nSIDE\tPRICE\tSTOP\tREMAINING\tSHOWN\tFILLED\tTYPE\tTIF\tACCOUNT\tID")
	for i := range v.Orders {
		r := &v.Orders[i]
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n",
			r.Side, orDash(r.Price), orDash(r.StopPrice), r.Remaining, r.Shown, r.Filled, r.Type, r.TIF, r.Account, r.ID)
	}
}

func orDash(d schema.Opt[schema.Decimal]) string {
	if !d.OK {
		return "-"
	}
	return d.V.String()
}

func newBookLadder(o *options) *cobra.Command {
	var f bookFlags
	var around int
	cmd := &cobra.Command{
		Use:   "ladder MARKET",
		Short: "The prices of a market as a ladder",
		Long: `Show the prices of a market as a ladder, the highest first: who bids (of odds,
who lays) on the left, who asks (of odds, who backs) on the right. The last
price is marked. Of an odds market every step is shown from --around below the
best prices to as many above; of others the levels that have orders.

` + bookHelp,
		Example: `  deadheat book ladder m1 --around 5 --config deadheat.yaml
  deadheat book ladder m1 --url http://127.0.0.1:7480 --watch`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if around < 0 {
				return usagef("--around %d: want 0 or more", around)
			}
			return f.run(cmd, o, args[0], func(v *bookView) error {
				rows := v.rungs(around)
				if outputFormat(cmd) != formatText {
					return printList(cmd, rows, "", nil)
				}
				fmt.Fprintln(cmd.OutOrStdout(), v.headline())
				return v.printLadder(cmd.OutOrStdout(), rows)
			})
		},
	}
	cmd.Flags().IntVar(&around, "around", 10, "show `N` steps beyond the best prices")
	f.add(cmd)
	addViewOutput[ladderRow](cmd, true)
	return cmd
}

// printLadder prints numbers towards the price that they stand at.
func (v *bookView) printLadder(w io.Writer, rows []ladderRow) error {
	bid, ask := v.sideNames()
	widths, lines := [3]int{len(bid), len("PRICE"), len(ask)}, [][3]string{{bid, "PRICE", ask}}
	lots := func(n int64) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	for _, r := range rows {
		price := r.Price.String()
		if r.Last {
			price = "*" + price // stays right of what is left of it
		}
		line := [3]string{lots(r.Bid), price, lots(r.Ask)}
		for i := range line {
			widths[i] = max(widths[i], len(line[i]))
		}
		lines = append(lines, line)
	}
	for _, line := range lines {
		text := fmt.Sprintf("%*s | %*s | %*s", widths[0], line[0], widths[1], line[1], widths[2], line[2])
		if _, err := fmt.Fprintln(w, strings.TrimRight(text, " ")); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

func newBookDepth(o *options) *cobra.Command {
	var f bookFlags
	var levels int
	cmd := &cobra.Command{
		Use:   "depth MARKET",
		Short: "The levels of a market, with sums",
		Long:  "Show the levels of each side of a market, best first, with the sum of a level\nand all better ones.\n\n" + bookHelp,
		Example: `  deadheat book depth m1 -n 5 --config deadheat.yaml
  deadheat book depth m1 --url http://127.0.0.1:7480 -o jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if levels < 0 {
				return usagef("-n %d: want 0 (all) or more", levels)
			}
			return f.run(cmd, o, args[0], func(v *bookView) error {
				if outputFormat(cmd) == formatText {
					if _, err := fmt.Fprintln(cmd.OutOrStdout(), v.headline()); err != nil {
						return fmt.Errorf("print: %w", err)
					}
				}
				return printList(cmd, v.depth(levels), "SIDE\tPRICE\tSHOWN\tTOTAL\tCUMULATIVE\tORDERS", func(r depthRow) string {
					return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%d", v.sideText(r.Side), r.Price, r.Shown, r.Total, r.Cumulative, r.Orders)
				})
			})
		},
	}
	cmd.Flags().IntVarP(&levels, "levels", "n", 0, "at most `N` levels of a side (0: all)")
	f.add(cmd)
	addViewOutput[depthRow](cmd, true)
	return cmd
}

// sideText is what a side is called for people.
func (v *bookView) sideText(side string) string {
	bid, ask := v.sideNames()
	if side == "bid" {
		return bid
	}
	return ask
}
