package contract

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// A run of usual length has each of these many times, in paths that a handler sees
// with methods that it allows and that it does not.
func TestPathsAndQueriesAreOfAllOfUnicode(t *testing.T) {
	kinds := map[string]func(rune) bool{
		"space of ASCII":         func(r rune) bool { return r < 0x80 && unicode.IsSpace(r) },
		"space beyond Latin-1":   func(r rune) bool { return r > 0xff && unicode.IsSpace(r) },
		"no-break space":         func(r rune) bool { return r == 0xa0 },
		"separators of lines":    func(r rune) bool { return r == 0x2028 || r == 0x2029 },
		"controls":               unicode.IsControl,
		"format":                 func(r rune) bool { return unicode.Is(unicode.Cf, r) },
		"digits beyond ASCII":    func(r rune) bool { return r > 0x7f && unicode.IsDigit(r) },
		"marks":                  unicode.IsMark,
		"title case":             unicode.IsTitle,
		"beyond the first plane": func(r rune) bool { return r > 0xffff },
		"noncharacters":          func(r rune) bool { return unicode.Is(unicode.Noncharacter_Code_Point, r) },
		"the fragment's sign":    func(r rune) bool { return r == '#' },
		"backslash":              func(r rune) bool { return r == '\\' },
	}
	paths, queries, refused := map[string]int{}, map[string]int{}, map[string]int{}
	for n := range uint64(2500) {
		for _, r := range Draw(1, n).Requests {
			if !utf8.ValidString(r.Path) || strings.ContainsAny(r.Path, "? \x00\n\r\x7f") {
				t.Fatalf("got the path %q, which no request line can have", r.Path)
			}
			path, err := url.PathUnescape(r.Path)
			if err != nil {
				path = r.Path
			}
			query, err := url.QueryUnescape(r.Query)
			if err != nil {
				query = r.Query
			}
			for kind, is := range kinds {
				if strings.ContainsFunc(path, is) {
					paths[kind]++
					if strings.HasPrefix(r.Path, "/items/") && (r.Method == http.MethodPost || r.Method == http.MethodPatch || r.Method == http.MethodOptions) {
						refused[kind]++
					}
				}
				if strings.ContainsFunc(query, is) {
					queries[kind]++
				}
			}
		}
	}
	for kind := range kinds {
		if paths[kind] < 15 || queries[kind] < 10 || refused[kind] < 2 {
			t.Errorf("%s: got %d paths, %d queries and %d paths of an item with another method; want 15, 10 and 2 at least", kind, paths[kind], queries[kind], refused[kind])
		}
	}
}
