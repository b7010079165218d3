package audit

import (
	"maps"
	"slices"
)

// ends are the newest heads of all chains, as the batches of a file made them known.
type ends map[string]Head

// take puts a batch on top. A restore may go back, nothing else.
func (e ends) take(b batch) {
	for _, h := range b.Heads {
		switch {
		case b.Restored && h.Seq == 0:
			delete(e, h.Chain)
		case b.Restored || h.Seq >= e[h.Chain].Seq:
			e[h.Chain] = h
		}
	}
}

// root is what a root is the hash of: the head of each chain, in the order of their names.
func (e ends) root() []byte {
	out := number(text(nil, "tonghu/audit/root/1"), int64(len(e)))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		h := e[name]
		out = text(number(text(out, name), h.Seq), string(h.Hash))
	}
	return out
}

// rooted tells whether a batch is the one that made them so.
func (e ends) rooted(b batch) bool {
	return b.Chains == int64(len(e)) && fits(b.Root, e.root())
}
