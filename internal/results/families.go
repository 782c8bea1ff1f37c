package results

import (
	"fmt"
	"strings"
)

// Families are the interval families of the configurations asked for:
//
//   - in one league, at equal memory and architecture, what stands for each runtime;
//   - the runtimes that have the same other variant, such as a primed one;
//   - one runtime's variants of one league among themselves.
//
// Only families of two or more are returned, in the order of configurations.
func Families(runtimes []Runtime, configurations []Configuration) []Family {
	var families []Family
	index := map[string]int{}
	add := func(id string, kind FamilyKind, member string) {
		i, ok := index[id]
		if !ok {
			i = len(families)
			index[id] = i
			families = append(families, Family{ID: id, Kind: kind})
		}
		families[i].Members = append(families[i].Members, member)
	}
	doc := Document{Runtimes: runtimes, Configurations: configurations}
	representatives := doc.Representatives()
	for i := range configurations {
		c := &configurations[i]
		variant, ok := doc.VariantOf(c)
		if !ok {
			continue
		}
		where := strings.TrimPrefix(Key("", "", c.Memory, c.Arch), "//")
		if representatives[c.Key()] {
			add(fmt.Sprintf("runtimes/%s/%s", variant.League(), where), FamilyRuntimes, c.Key())
		} else {
			add(fmt.Sprintf("runtimes/%s/%s/%s", variant.League(), variant.ID, where), FamilyRuntimes, c.Key())
		}
		add(fmt.Sprintf("variants/%s/%s/%s", c.Runtime, variant.League(), where), FamilyVariants, c.Key())
	}
	var several []Family
	for _, f := range families {
		if len(f.Members) > 1 {
			several = append(several, f)
		}
	}
	return several
}

// League names those that v may be compared with: API variants of its class, or
// else variants of its kind.
func (v Variant) League() string {
	if v.Class != "" {
		return string(v.Class)
	}
	return string(v.Kind)
}

// Representatives are the keys of the configurations that stand for their
// runtime in their league, at their memory and architecture: its default
// variant, or, where that was not asked for, its first variant that is not the
// switch of another, or else its first.
func (d *Document) Representatives() map[string]bool {
	type place struct {
		runtime, league, arch string
		memory                int
	}
	best := map[place]string{}
	worth := map[place]int{}
	for i := range d.Configurations {
		c := &d.Configurations[i]
		variant, ok := d.VariantOf(c)
		if !ok {
			continue
		}
		runtime, _ := d.Runtime(c.Runtime)
		standing := 1
		switch {
		case variant.Default:
			standing = 3
		case !runtime.Switches(variant.ID):
			standing = 2
		}
		at := place{c.Runtime, variant.League(), c.Arch, c.Memory}
		if standing > worth[at] {
			best[at], worth[at] = c.Key(), standing
		}
	}
	representatives := map[string]bool{}
	for _, key := range best {
		representatives[key] = true
	}
	return representatives
}

// Switches reports whether the variant called id shows one setting of another
// variant by itself.
func (r Runtime) Switches(id string) bool {
	for _, v := range r.Variants {
		for _, s := range v.Settings {
			if s.Switch == id && v.ID != id {
				return true
			}
		}
	}
	return false
}

// VariantOf is the variant that c measured, or false.
func (d *Document) VariantOf(c *Configuration) (Variant, bool) {
	runtime, ok := d.Runtime(c.Runtime)
	if !ok {
		return Variant{}, false
	}
	return runtime.Variant(c.Variant)
}
