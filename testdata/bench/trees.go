package main

import (
	"container/list"

	"github.com/emirpasic/gods/trees/redblacktree"
	"github.com/emirpasic/gods/utils"
	"github.com/google/btree"
	"github.com/huandu/skiplist"
)

// redBlack keeps prices in a red-black tree.
type redBlack struct{ *redblacktree.Tree }

func newRedBlack() levels { return redBlack{redblacktree.NewWith(utils.Int64Comparator)} }

func (t redBlack) find(key int64) *list.List {
	if l, ok := t.Get(key); ok {
		return l.(*list.List)
	}
	l := list.New()
	t.Put(key, l)
	return l
}

func (t redBlack) best() (int64, *list.List) {
	n := t.Left()
	if n == nil {
		return 0, nil
	}
	return n.Key.(int64), n.Value.(*list.List)
}

func (t redBlack) remove(key int64) { t.Remove(key) }

// level is a price in a B-tree.
type level struct {
	key    int64
	orders *list.List
}

// bTree keeps prices in a B-tree.
type bTree struct{ *btree.BTreeG[level] }

func newBTree() levels {
	return bTree{btree.NewG(32, func(a, b level) bool { return a.key < b.key })}
}

func (t bTree) find(key int64) *list.List {
	if l, ok := t.Get(level{key: key}); ok {
		return l.orders
	}
	l := list.New()
	t.ReplaceOrInsert(level{key, l})
	return l
}

func (t bTree) best() (int64, *list.List) {
	l, _ := t.Min()
	return l.key, l.orders
}

func (t bTree) remove(key int64) { t.Delete(level{key: key}) }

// skipList keeps prices in a skip list.
type skipList struct{ *skiplist.SkipList }

func newSkipList() levels { return skipList{skiplist.New(skiplist.Int64)} }

func (t skipList) find(key int64) *list.List {
	if e := t.Get(key); e != nil {
		return e.Value.(*list.List)
	}
	l := list.New()
	t.Set(key, l)
	return l
}

func (t skipList) best() (int64, *list.List) {
	e := t.Front()
	if e == nil {
		return 0, nil
	}
	return e.Key().(int64), e.Value.(*list.List)
}

func (t skipList) remove(key int64) { t.Remove(key) }
