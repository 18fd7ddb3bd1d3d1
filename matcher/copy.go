package matcher

// Copy makes a copy of the engine and its books, without the reports. It costs a
// few moves of memory, so that a snapshot can be encoded from the copy while
// the engine goes on. into may be nil, or an older copy whose memory is used
// again. It returns the copy.
func (e *Engine) Copy(into *Engine) *Engine {
	if into == nil {
		into = new(Engine)
	}
	c := *e
	c.orders = append(into.orders[:0], e.orders...)
	c.extras = append(into.extras[:0], e.extras...)
	c.levels = append(into.levels[:0], e.levels...)
	c.nodes = append(into.nodes[:0], e.nodes...)
	c.rings = append(into.rings[:0], e.rings...)
	c.books = append(into.books[:0], e.books...)
	c.ids.cells = append(into.ids.cells[:0], e.ids.cells...)
	c.owners.cells = append(into.owners.cells[:0], e.owners.cells...)
	c.expiry = append(into.expiry[:0], e.expiry...)
	c.ladders = append(into.ladders[:0], e.ladders...)
	c.dirty = append(into.dirty[:0], e.dirty...)
	c.reports = into.reports[:0]
	*into = c
	return into
}
