package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
)

// beginOrders makes the topic of orders where this process takes some in.
func (e *engine) beginOrders(ctx context.Context) error {
	if !e.c.takesOrders() {
		return nil
	}
	topics, err := e.journal.Topics(ctx)
	if err != nil {
		return err
	}
	n := max(int32(e.c.Orders.Partitions), 1)
	i := slices.IndexFunc(topics, func(t journal.Topic) bool { return t.Name == ordersTopic })
	if i >= 0 && e.c.Orders.Partitions == 0 {
		n = topics[i].Partitions
	}
	return projection.Genesis(ctx, e.journal, ordersTopic, n, time.Now())
}

// takesOrders tells whether this process takes orders in.
func (c *Config) takesOrders() bool { return c.HTTP != "" || len(c.Orders.Bridges) > 0 }

// noNode is what a node's name must not have.
var noNode = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// node is the name of this process among those that take orders.
func (c *Config) node() string {
	if c.Orders.Node != "" {
		return c.Orders.Node
	}
	host, err := os.Hostname()
	if err != nil || noNode.ReplaceAllString(host, "-") == "" {
		return "node"
	}
	return noNode.ReplaceAllString(host, "-")
}

// who names this process for people who read the journal.
func who() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s pid %d", host, os.Getpid())
}
