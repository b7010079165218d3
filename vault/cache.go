package vault

import (
	"container/list"
	"sync"
	"time"
)

// cache remembers unwrapped data keys: the most recently used ones, each for a limited time.
type cache struct {
	size int
	ttl  time.Duration
	now  func() time.Time

	mu    sync.Mutex
	byKey map[cacheKey]*list.Element
	order *list.List // most recently used first
}

type cacheKey struct {
	subject     string
	compartment Compartment
	wrapped     string
}

type cacheEntry struct {
	key    cacheKey
	cipher fieldCipher
	until  time.Time
}

func newCache(size int, ttl time.Duration, now func() time.Time) *cache {
	if size <= 0 {
		size = 4096
	}
	if ttl <= 0 {
		ttl = 5 * time.Minute
	}
	if now == nil {
		now = time.Now
	}
	return &cache{size: size, ttl: ttl, now: now, byKey: map[cacheKey]*list.Element{}, order: list.New()}
}

func keyOf(dk WrappedKey) cacheKey { return cacheKey{dk.Subject, dk.Compartment, string(dk.Wrapped)} }

func (c *cache) get(dk WrappedKey) (fieldCipher, bool) {
	k, now := keyOf(dk), c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.byKey[k]
	if el == nil {
		return fieldCipher{}, false
	}
	e := el.Value.(*cacheEntry)
	if !now.Before(e.until) {
		c.remove(el)
		return fieldCipher{}, false
	}
	c.order.MoveToFront(el)
	return e.cipher, true
}

func (c *cache) put(dk WrappedKey, sealing fieldCipher) {
	k, until := keyOf(dk), c.now().Add(c.ttl)
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.byKey[k]; el != nil {
		c.remove(el)
	}
	c.byKey[k] = c.order.PushFront(&cacheEntry{k, sealing, until})
	for c.order.Len() > c.size {
		c.remove(c.order.Back())
	}
}

func (c *cache) drop(dk WrappedKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.byKey[keyOf(dk)]; el != nil {
		c.remove(el)
	}
}

func (c *cache) remove(el *list.Element) {
	delete(c.byKey, el.Value.(*cacheEntry).key)
	c.order.Remove(el)
}
