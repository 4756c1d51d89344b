package odb

// bases keeps objects that deltas were applied to: others are deltas of the
// same. It is emptied when it is full; what belongs together is read together,
// so that what was in it would hardly have been asked for again.
type bases struct {
	objects map[place]*object
	bytes   int
}

const (
	maxBases = 8 << 20
	maxBase  = 1 << 20 // larger ones would drive out too many others
)

// get gives the object at a place, which must not be changed, or nil.
func (b *bases) get(at place) *object { return b.objects[at] }

func (b *bases) keep(at place, o object) {
	const overhead = 128 // of an entry
	size := len(o.data) + overhead
	if len(o.data) > maxBase || b.objects[at] != nil {
		return
	}
	if b.bytes += size; b.objects == nil || b.bytes > maxBases {
		b.objects, b.bytes = map[place]*object{}, size
	}
	o.shared = true
	b.objects[at] = &o
}
