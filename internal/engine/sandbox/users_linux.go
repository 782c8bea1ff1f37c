package sandbox

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Every living cell has a user of its own, so that nothing is shared by
// ownership and the limit on processes counts one cell's alone. The numbers are
// from a range that systemd's list leaves to nobody (its UIDS-GIDS.md:
// 1879048192 to 2147483647); no account is made.
const (
	firstUser = 1_910_510_000
	userCount = 50_000
)

// users gives numbers to cells. A number is held by a socket of its name, which
// the kernel lets go when this program ends, and which every other bench on this
// machine sees.
type users struct {
	mu   sync.Mutex
	next int
}

func (u *users) claim() (number int, held io.Closer, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for range userCount {
		number = firstUser + u.next
		u.next = (u.next + 1) % userCount
		held, err = net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: "@multi-runtime-benchmark-user-" + strconv.Itoa(number)})
		if err == nil {
			return number, held, nil
		}
		if !errors.Is(err, unix.EADDRINUSE) {
			break
		}
	}
	return 0, nil, errors.Join(errors.New("find a user for a function"), err)
}
