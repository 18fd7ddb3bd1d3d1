package matcher

// node is a page. Its keys agree in all bits above shift+6.
type node struct {
	prefix uint64     // key >> shift >> 6
	bits   uint64     // places in use
	shift  uint32     // 0: places are levels; else pages
	child  [64]uint32 // 0: none
}

// isLeaf is in the number of a page whose places are levels: where to look in it
// is known before it is there.
const isLeaf = 1 << 31

func (e *Engine) node(at uint32) *node { return &e.nodes[at&^isLeaf] }

func (n *node) place(key uint64) uint32 { return uint32(key>>(n.shift&63)) & 63 }
func (n *node) holds(key uint64) bool   { return key>>(n.shift&63)>>6 == n.prefix }

func (e *Engine) takeNode(key uint64, shift uint32) uint32 {
	s := e.freed.node
	if s != 0 {
		e.freed.node = uint32(e.nodes[s].prefix)
	} else {
		e.nodes = append(e.nodes, node{})
		s = uint32(len(e.nodes) - 1)
	}
	n := &e.nodes[s]
	n.prefix, n.bits, n.shift = key>>shift>>6, 0, shift
	if shift == 0 {
		s |= isLeaf
	}
	return s
}

// freeNode frees a page without children.
func (e *Engine) freeNode(s uint32) {
	e.node(s).prefix = uint64(e.freed.node)
	e.freed.node = s &^ isLeaf
}

// put sets a place of a page.
func (n *node) put(place, child uint32) {
	n.bits |= 1 << (place & 63)
	n.child[place&63] = child
}

// cut empties a place of a page.
func (n *node) cut(place uint32) {
	n.bits &^= 1 << (place & 63)
	n.child[place&63] = 0
}
