package prometheus

import (
	"hash/maphash"
	"slices"
	"strings"
)

// Labels is a label set, sorted by name. It is a small value that points into
// the table of its answer: copying it copies no text, and the sets of thousands
// of series share a few allocations. The zero value is the empty set.
type Labels struct {
	table *labelTable
	from  uint32 // in table.pairs
	to    uint32
}

// pair is a label by the numbers of its name and value in the table.
type pair struct{ name, value uint32 }

// NewLabels makes a label set of its own.
func NewLabels(set map[string]string) Labels {
	t := newLabelTable()
	for name, value := range set {
		t.add(t.intern([]byte(name)), t.intern([]byte(value)))
	}
	return t.finish()
}

// Len is the number of labels.
func (l Labels) Len() int { return int(l.to - l.from) }

// At returns the i-th label in the order of names.
func (l Labels) At(i int) (name, value string) {
	p := l.pairs()[i]
	return l.table.texts[p.name], l.table.texts[p.value]
}

// Get returns the value of a label, "" if the set lacks it.
func (l Labels) Get(name string) string {
	for _, p := range l.pairs() {
		if l.table.texts[p.name] == name {
			return l.table.texts[p.value]
		}
	}
	return ""
}

// Map returns the set as a new map.
func (l Labels) Map() map[string]string {
	m := make(map[string]string, l.Len())
	for _, p := range l.pairs() {
		m[l.table.texts[p.name]] = l.table.texts[p.value]
	}
	return m
}

// String is the set as Prometheus writes a series: name{a="b",c="d"}.
func (l Labels) String() string {
	var b []byte
	metric := l.Get(NameLabel)
	bare := isBareMetric(metric)
	if bare {
		b = append(b, metric...)
	}
	open := false
	for i := range l.Len() {
		name, value := l.At(i)
		if bare && name == NameLabel {
			continue
		}
		if open {
			b = append(b, ',')
		} else {
			b = append(b, '{')
		}
		open = true
		b = Matcher{name, Equal, value}.append(b)
	}
	if open {
		b = append(b, '}')
	} else if !bare {
		b = append(b, "{}"...)
	}
	return string(b)
}

// AppendKey appends text that is equal for equal sets and only for them, after
// leaving out the labels named in without. It is meant for map keys: series of
// several answers, or the buckets of one histogram (without "le").
func (l Labels) AppendKey(key []byte, without ...string) []byte {
	for i := range l.Len() {
		name, value := l.At(i)
		if slices.Contains(without, name) {
			continue
		}
		key = appendSized(key, name)
		key = appendSized(key, value)
	}
	return key
}

// appendSized appends the text behind its length, so that concatenations stay unambiguous.
func appendSized(key []byte, text string) []byte {
	n := len(text)
	for n >= 0x80 {
		key = append(key, byte(n)|0x80)
		n >>= 7
	}
	key = append(key, byte(n))
	return append(key, text...)
}

// Equal says that two sets, of the same answer or of different ones, are equal.
func (l Labels) Equal(other Labels) bool {
	if l.Len() != other.Len() {
		return false
	}
	if l.table == other.table {
		return slices.Equal(l.pairs(), other.pairs())
	}
	for i := range l.Len() {
		name, value := l.At(i)
		otherName, otherValue := other.At(i)
		if name != otherName || value != otherValue {
			return false
		}
	}
	return true
}

func (l Labels) pairs() []pair {
	if l.table == nil {
		return nil
	}
	return l.table.pairs[l.from:l.to]
}

// labelTable holds the texts and label sets of one answer, each text once.
type labelTable struct {
	seed  maphash.Seed
	texts []string        // by number
	slots []uint32        // open addressing over texts: number + 1, 0 is free
	room  strings.Builder // where new texts are written; never grown, so that texts stay where they are
	pairs []pair
	begin int      // of the set that is being built, in pairs
	sets  []Labels // finished sets, for finding repetitions
	seen  []uint32 // open addressing over sets: index + 1, 0 is free
}

func newLabelTable() *labelTable {
	return &labelTable{seed: maphash.MakeSeed(), slots: make([]uint32, 256)}
}

// intern returns the number of a text, which is copied if it is new.
func (t *labelTable) intern(text []byte) uint32 {
	if 2*len(t.texts) >= len(t.slots) {
		t.slots = make([]uint32, 2*len(t.slots))
		for i, s := range t.texts {
			*t.slot(maphash.String(t.seed, s), nil) = uint32(i + 1)
		}
	}
	slot := t.slot(maphash.Bytes(t.seed, text), text)
	if *slot == 0 {
		t.texts = append(t.texts, t.keep(text))
		*slot = uint32(len(t.texts))
	}
	return *slot - 1
}

// slot finds the slot of a text, or the free slot for it. A nil text (which
// differs from the empty one) is known to be new.
func (t *labelTable) slot(hash uint64, text []byte) *uint32 {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if *s == 0 || text != nil && t.texts[*s-1] == string(text) {
			return s
		}
	}
}

// keep copies a text into a room that many texts share.
func (t *labelTable) keep(text []byte) string {
	if t.room.Cap()-t.room.Len() < len(text) {
		t.room = strings.Builder{}
		t.room.Grow(max(4<<10, 4*len(text)))
	}
	from := t.room.Len()
	t.room.Write(text)
	return t.room.String()[from:]
}

// add puts a label into the set that is being built, keeping it sorted. Of a
// repeated name the last value stays, as in any decoder of JSON objects.
func (t *labelTable) add(name, value uint32) {
	set := t.pairs[t.begin:]
	i := len(set)
	for i > 0 && t.texts[set[i-1].name] > t.texts[name] {
		i--
	}
	if i > 0 && set[i-1].name == name {
		set[i-1].value = value
		return
	}
	t.pairs = slices.Insert(t.pairs, t.begin+i, pair{name, value})
}

// finish ends the set that is being built.
func (t *labelTable) finish() Labels {
	l := Labels{table: t, from: uint32(t.begin), to: uint32(len(t.pairs))}
	t.begin = len(t.pairs)
	return l
}

// repeats says that a set equals one that was given to it before, and remembers it.
func (t *labelTable) repeats(l Labels) bool {
	if 2*len(t.sets) >= len(t.seen) {
		t.seen = make([]uint32, max(256, 2*len(t.seen)))
		for i, s := range t.sets {
			*t.seenSlot(s) = uint32(i + 1)
		}
	}
	slot := t.seenSlot(l)
	if *slot != 0 {
		return true
	}
	t.sets = append(t.sets, l)
	*slot = uint32(len(t.sets))
	return false
}

// seenSlot finds the slot of a set, or the free slot for it.
func (t *labelTable) seenSlot(l Labels) *uint32 {
	mask := uint64(len(t.seen) - 1)
	for i := hashPairs(l.pairs()) & mask; ; i = (i + 1) & mask {
		s := &t.seen[i]
		if *s == 0 || slices.Equal(t.sets[*s-1].pairs(), l.pairs()) {
			return s
		}
	}
}

func hashPairs(pairs []pair) uint64 {
	h := uint64(len(pairs))
	for _, p := range pairs {
		h = (h ^ uint64(p.name)<<32 ^ uint64(p.value)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}
