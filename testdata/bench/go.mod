module github.com/deadheat-io/deadheat/testdata/bench

go 1.26.0

replace github.com/deadheat-io/deadheat => ../..

require (
	github.com/deadheat-io/deadheat v0.0.0-00010101000000-000000000000
	github.com/emirpasic/gods v1.18.1
	github.com/google/btree v1.1.3
	github.com/huandu/skiplist v1.2.1
)
