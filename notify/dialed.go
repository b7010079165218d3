package notify

import (
	"net"
	"sync"
)

// dialed remembers a connection that a library opened, to close it for certain.
type dialed struct {
	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

func (d *dialed) keep(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn = c
	if d.closed {
		_ = c.Close()
	}
}

func (d *dialed) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.conn != nil {
		_ = d.conn.Close()
	}
}
