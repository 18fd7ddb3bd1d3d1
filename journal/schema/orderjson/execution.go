package orderjson

import (
	"strconv"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// Place says where an execution comes from: its market, and the record that
// caused it.
type Place struct {
	Topic     string // of the record
	Partition int32
	Offset    int64
	N         int64 // number of the execution among all that the record did, from 0
	Time      int64 // of the record, ns since 1970; 0 when it is not known
	Market    string
}

// AppendExecutions appends one line, with its line end, for each execution of an
// output record. Topic and partition are those of the commands; time is the
// record's, and 0 leaves it out; market is the output's key.
func AppendExecutions(dst []byte, topic string, partition int32, time int64, market string, e *schema.Executions) []byte {
	p := Place{Topic: topic, Partition: partition, Offset: e.Cause, Time: time, Market: market}
	for i := range e.Items {
		p.N = e.First + int64(i)
		dst = append(AppendExecution(dst, p, &e.Items[i]), '\n')
	}
	return dst
}

// AppendExecution appends the line of one execution, without a line end.
func AppendExecution(dst []byte, p Place, e *schema.Execution) []byte {
	dst = append(dst, `{"exec":"`...)
	dst = append(dst, e.Type.String()...)
	dst = quote(append(dst, `","market":`...), p.Market)
	switch e.Type {
	case schema.ExecTrade:
		dst = appendTrade(dst, e)
	case schema.ExecRejected:
		dst = appendRejected(dst, e)
	default:
		dst = appendOrder(dst, e)
	}
	dst = AppendAt(append(dst, `,"at":`...), p)
	if p.Time != 0 {
		dst = appendTime(append(dst, `,"time":`...), p.Time)
	}
	return append(dst, '}')
}

// AppendAt appends the object that names one execution among all.
func AppendAt(dst []byte, p Place) []byte {
	dst = quote(append(dst, `{"topic":`...), p.Topic)
	dst = strconv.AppendInt(append(dst, `,"partition":`...), int64(p.Partition), 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), p.Offset, 10)
	dst = strconv.AppendInt(append(dst, `,"n":`...), p.N, 10)
	return append(dst, '}')
}

func appendTrade(dst []byte, e *schema.Execution) []byte {
	dst = appendPrice(dst, e.Price)
	dst = strconv.AppendInt(append(dst, `,"qty":`...), e.Qty, 10)
	dst = appendParty(append(dst, `,"maker":`...), &e.Maker)
	return appendParty(append(dst, `,"taker":`...), &e.Order)
}

func appendParty(dst []byte, o *schema.OrderState) []byte {
	dst = quote(append(dst, `{"account":`...), o.Account)
	dst = quote(append(dst, `,"id":`...), o.ID)
	dst = strconv.AppendInt(append(dst, `,"leaves":`...), o.Remaining, 10)
	return append(dst, '}')
}

func appendRejected(dst []byte, e *schema.Execution) []byte {
	dst = quote(append(dst, `,"command":`...), OpOf(e.Command))
	if e.Order.Account != "" {
		dst = quote(append(dst, `,"account":`...), e.Order.Account)
	}
	if e.Order.ID != "" {
		dst = quote(append(dst, `,"id":`...), e.Order.ID)
	}
	dst = appendCmd(dst, e.Cmd)
	return quote(append(dst, `,"code":`...), e.Code.String())
}

// appendOrder is for what happens to one order.
func appendOrder(dst []byte, e *schema.Execution) []byte {
	dst = quote(append(dst, `,"account":`...), e.Order.Account)
	dst = quote(append(dst, `,"id":`...), e.Order.ID)
	dst = quote(append(dst, `,"side":`...), e.Order.Side.String())
	dst = appendPrice(dst, e.Price)
	dst = strconv.AppendInt(append(dst, `,"qty":`...), e.Qty, 10)
	dst = strconv.AppendInt(append(dst, `,"leaves":`...), e.Order.Remaining, 10)
	dst = strconv.AppendInt(append(dst, `,"filled":`...), e.Order.Filled, 10)
	switch e.Type {
	case schema.ExecCancelled, schema.ExecExpired:
		dst = quote(append(dst, `,"reason":`...), e.Reason.String())
	case schema.ExecReplaced:
		dst = strconv.AppendBool(append(dst, `,"kept_priority":`...), e.Kept)
	}
	return appendCmd(dst, e.Cmd)
}

func appendPrice(dst []byte, p schema.Opt[schema.Decimal]) []byte {
	if !p.OK {
		return dst
	}
	return append(p.V.Append(append(dst, `,"price":"`...)), '"')
}

func appendCmd(dst []byte, cmd schema.Opt[string]) []byte {
	if !cmd.OK {
		return dst
	}
	return quote(append(dst, `,"cmd":`...), cmd.V)
}
