package results

import "fmt"

// Families are the interval families of the configurations asked for:
//
//   - at equal kind of variant, memory and architecture, one variant of each
//     runtime: its default, or its first of that kind;
//   - the runtimes that have the same other variant, such as a primed one;
//   - one runtime's variants of one kind among themselves.
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
	doc := Document{Runtimes: runtimes}
	for i := range configurations {
		c := &configurations[i]
		runtime, ok := doc.Runtime(c.Runtime)
		if !ok {
			continue
		}
		variant, ok := runtime.Variant(c.Variant)
		if !ok {
			continue
		}
		where := fmt.Sprintf("%d/%s", c.Memory, c.Arch)
		if runtime.Representative(variant.Kind) == variant.ID {
			add(fmt.Sprintf("runtimes/%s/%s", variant.Kind, where), FamilyRuntimes, c.Key())
		} else {
			add(fmt.Sprintf("runtimes/%s/%s/%s", variant.Kind, variant.ID, where), FamilyRuntimes, c.Key())
		}
		add(fmt.Sprintf("variants/%s/%s/%s", c.Runtime, variant.Kind, where), FamilyVariants, c.Key())
	}
	var several []Family
	for _, f := range families {
		if len(f.Members) > 1 {
			several = append(several, f)
		}
	}
	return several
}

// Representative is the id of the variant that stands for the runtime among
// those of a kind: its default, or else its first; "" when it has none.
func (r Runtime) Representative(kind VariantKind) string {
	first := ""
	for _, v := range r.Variants {
		if v.Kind != kind {
			continue
		}
		if v.Default {
			return v.ID
		}
		if first == "" {
			first = v.ID
		}
	}
	return first
}
