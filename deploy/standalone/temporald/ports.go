package temporald

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

const (
	loopback = "127.0.0.1"
	// Ports are taken from below the range that systems use for outgoing connections, so that nobody takes ours between two starts.
	lowestPort = 10000
	portRange  = 10000
)

// ports by service.
type ports map[string]int

func (p ports) address(service string) string {
	return net.JoinHostPort(loopback, strconv.Itoa(p[service]))
}

// rememberPorts gives the ports of the server in this data folder, choosing them the first time. With move, ports that
// somebody else has taken since are chosen anew; without, other processes may be using them.
func rememberPorts(dataDir string, move bool, avoid int) (ports, error) {
	file := filepath.Join(dataDir, "temporal-ports.json")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	p := ports{}
	if err := json.NewDecoder(f).Decode(&p); err != nil {
		p = ports{} // empty, or cut short by a crash
	}
	changed := false
	for _, name := range Services {
		if p[name] != 0 && (!move || p[name] != avoid && free(p[name])) {
			continue
		}
		if p[name], err = choose(dataDir, p, avoid); err != nil {
			return nil, err
		}
		changed = true
	}
	if !changed {
		return p, nil
	}
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(0); err != nil {
		return nil, err
	}
	_, err = f.WriteAt(append(b, '\n'), 0)
	return p, err
}

// choose finds a free port that no other service has and that is not avoid, starting where the data folder's name says.
func choose(dataDir string, taken ports, avoid int) (int, error) {
	abs, err := filepath.Abs(dataDir)
	if err != nil {
		return 0, err
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(abs))
next:
	for i := range portRange {
		port := lowestPort + (int(h.Sum32()%portRange)+i)%portRange
		for _, other := range taken {
			if port == other {
				continue next
			}
		}
		if port != avoid && free(port) {
			return port, nil
		}
	}
	return 0, errors.New("no free port on " + loopback)
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", loopback, port))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
