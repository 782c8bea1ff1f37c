// Package frontdoor keeps web pages out of servers on loopback. A browser reaches
// them from any page that a person has open: with a form, a picture or a request
// of the page's scripts, or by a name of the page's own that is made to mean
// 127.0.0.1 (DNS rebinding). What a browser sends tells it apart from a program.
//
//	server := &http.Server{Handler: frontdoor.Guard(handler)}
//
// It refuses to know who else may come in: there is no list of friends.
package frontdoor

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/gateway/gatewayresponse"
)

// Check says why the request must not be answered, or nil. It may be one if its Host
// is loopback, by name or address, with the port of local or none, and if it comes
// from no web page but our own. Where local has no port, any port will do.
func Check(r *http.Request, local net.Addr) error {
	host := strings.ToLower(r.Host)
	name, port := split(host)
	if !loopback(name) {
		return fmt.Errorf("the host %q is not this machine's loopback", r.Host)
	}
	if own := portOf(local); port != "" && own != 0 && port != strconv.Itoa(own) {
		return fmt.Errorf("the host %q has another port than this server, which is %d", r.Host, own)
	}
	for _, origin := range r.Header["Origin"] {
		if strings.ToLower(origin) != "http://"+host {
			return fmt.Errorf("the request comes from a web page of %q", origin)
		}
	}
	for _, site := range r.Header["Sec-Fetch-Site"] {
		if site != "same-origin" && site != "none" {
			return fmt.Errorf("the request comes from a web page: %s", site)
		}
	}
	return nil
}

// Origin is that of the own pages of a server on loopback, by its URL: pages that Check
// lets in. It is "" for any other server.
func Origin(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	if name, _ := split(strings.ToLower(u.Host)); !loopback(name) {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// split separates a port, if there is one.
func split(host string) (name, port string) {
	if at := strings.LastIndexByte(host, ':'); at > strings.LastIndexByte(host, ']') {
		return host[:at], host[at+1:]
	}
	return host, ""
}

func loopback(name string) bool {
	name = strings.TrimSuffix(name, ".")
	if name == "localhost" {
		return true
	}
	if literal, ok := strings.CutPrefix(name, "["); ok {
		if name, ok = strings.CutSuffix(literal, "]"); !ok || !strings.Contains(name, ":") {
			return false
		}
	} else if strings.Contains(name, ":") {
		return false
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Zone() == "" && address.IsLoopback()
}

// portOf is 0 where the address has no port, as that of a Unix socket.
func portOf(address net.Addr) int {
	if tcp, ok := address.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

// Guard answers 403 in place of next where Check objects.
func Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if err := Check(r, local); err != nil {
			contentType, body := Refusal(err)
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write(body) // a caller that has hung up needs no answer
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Refusal is the problem document of status 403 that tells of Check's error.
func Refusal(err error) (contentType string, body []byte) {
	detail := "Only programs of this machine and this server's own pages are answered: " + err.Error() + ". Open a page by typing its address."
	return gatewayresponse.Response{Status: http.StatusForbidden, Detail: detail}.Body(0)
}
