package builtin

import (
	"encoding/json"
	"maps"
	"slices"
)

// writing is what the three operations that write have in common.
type writing struct {
	TableName                           string
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           item
	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
	nothingCounted
}

// nothingCounted are the counters of the service, which are only there to be
// left out.
type nothingCounted struct {
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

func (n nothingCounted) check() error {
	for name, asked := range map[string]string{"ReturnConsumedCapacity": n.ReturnConsumedCapacity, "ReturnItemCollectionMetrics": n.ReturnItemCollectionMetrics} {
		if asked != "" && asked != "NONE" {
			return beyond("%s %s", name, asked)
		}
	}
	return nil
}

// prepared is a writing that has been read and makes sense.
type prepared struct {
	table   *table
	holds   condition // nil: always
	changes []change
}

// prepare looks for the table and reads the expressions; allowed are the
// operation's ReturnValues.
func (d *database) prepare(w writing, update *string, allowed ...string) (prepared, error) {
	var ready prepared
	if err := w.check(); err != nil {
		return ready, err
	}
	if w.ReturnValues != "" && w.ReturnValues != "NONE" && !slices.Contains(allowed, w.ReturnValues) {
		return ready, invalid("Return values set to invalid value")
	}
	if r := w.ReturnValuesOnConditionCheckFailure; r != "" && r != "NONE" && r != "ALL_OLD" {
		return ready, invalid("ReturnValuesOnConditionCheckFailure set to invalid value")
	}
	s, err := newSubstitutes(w.ExpressionAttributeNames, w.ExpressionAttributeValues)
	if err != nil {
		return ready, err
	}
	expressions := 0
	if update != nil {
		expressions++
		if ready.changes, err = parse("UpdateExpression", *update, s, (*parser).updates); err != nil {
			return ready, err
		}
	}
	if w.ConditionExpression != nil {
		expressions++
		if ready.holds, err = parse("ConditionExpression", *w.ConditionExpression, s, (*parser).conditions); err != nil {
			return ready, err
		}
	}
	if err := s.checkUsed(expressions); err != nil {
		return ready, err
	}
	ready.table, err = d.table(w.TableName)
	return ready, err
}

// before returns the item that there was and fails if the condition does not
// hold. The table must be locked.
func (p prepared) before(w writing, key row) (item, error) {
	stored := p.table.find(key)
	var old item
	if stored != nil && (p.holds != nil || p.changes != nil || w.ReturnValues != "") {
		if err := json.Unmarshal(stored, &old); err != nil {
			return nil, err
		}
	}
	if p.holds == nil || p.holds(old) {
		return old, nil
	}
	if w.ReturnValuesOnConditionCheckFailure == "ALL_OLD" {
		return nil, conditionFailed(old)
	}
	return nil, conditionFailed(nil)
}

// attributes is an answer with an item's attributes, {} where there are none.
type attributes struct {
	Attributes item `json:",omitempty"`
}

// replaced answers with the item that there was, if that was asked for.
func (w writing) replaced(old item) attributes {
	if w.ReturnValues == "ALL_OLD" {
		return attributes{old}
	}
	return attributes{}
}

func (d *database) putItem(in struct {
	writing
	Item item
}) (any, error) {
	size, err := in.Item.check(0)
	if err != nil {
		return nil, err
	}
	ready, err := d.prepare(in.writing, nil, "ALL_OLD")
	if err != nil {
		return nil, err
	}
	key, err := ready.table.keyOf(in.Item)
	if err != nil {
		return nil, err
	}
	if size > maxItem {
		return nil, invalid("Item size has exceeded the maximum allowed size")
	}
	r := rowOf(key)
	r.json, r.size = encode(in.Item), size

	ready.table.mu.Lock()
	defer ready.table.mu.Unlock()
	old, err := ready.before(in.writing, r)
	if err != nil {
		return nil, err
	}
	ready.table.set(r)
	return in.replaced(old), nil
}

func (d *database) deleteItem(in struct {
	writing
	Key item
}) (any, error) {
	ready, err := d.prepare(in.writing, nil, "ALL_OLD")
	if err != nil {
		return nil, err
	}
	key, err := ready.table.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	ready.table.mu.Lock()
	defer ready.table.mu.Unlock()
	old, err := ready.before(in.writing, key)
	if err != nil {
		return nil, err
	}
	ready.table.remove(key)
	return in.replaced(old), nil
}

func (d *database) updateItem(in struct {
	writing
	Key              item
	UpdateExpression *string
}) (any, error) {
	ready, err := d.prepare(in.writing, in.UpdateExpression, "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
	if err != nil {
		return nil, err
	}
	t := ready.table
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	var targets []string
	for _, c := range ready.changes {
		targets = append(targets, c.attributes...)
	}
	if slices.Contains(targets, t.attribute) {
		return nil, invalid("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", t.attribute)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old, err := ready.before(in.writing, key)
	if err != nil {
		return nil, err
	}
	stored := t.find(key)
	if stored == nil {
		old = in.Key
	} else if old == nil { // it was not needed so far
		if err := json.Unmarshal(stored, &old); err != nil {
			return nil, err
		}
	}
	updated, err := changed(old, ready.changes)
	if err != nil {
		return nil, err
	}
	if key.size, err = updated.check(0); err != nil {
		return nil, err
	}
	if key.size > maxItem {
		return nil, invalid("Item size to update has exceeded the maximum allowed size")
	}
	key.json = encode(updated)
	t.set(key)
	if stored == nil {
		old = nil
	}
	switch in.ReturnValues {
	case "ALL_NEW":
		return attributes{updated}, nil
	case "UPDATED_OLD":
		return attributes{only(old, targets)}, nil
	case "UPDATED_NEW":
		return attributes{only(updated, targets)}, nil
	}
	return in.replaced(old), nil
}

func only(of item, names []string) item {
	part := maps.Clone(of)
	maps.DeleteFunc(part, func(name string, _ value) bool { return !slices.Contains(names, name) })
	return part
}

func (d *database) getItem(in struct {
	TableName      string
	Key            item
	ConsistentRead bool
	nothingCounted
}) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	t, err := d.table(in.TableName)
	if err != nil {
		return nil, err
	}
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return struct {
		Item json.RawMessage `json:",omitempty"`
	}{t.find(key)}, nil
}

func (d *database) scan(in struct {
	TableName         string
	Limit             *int
	ExclusiveStartKey item
	ConsistentRead    bool
	nothingCounted
}) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	limit := 0
	if in.Limit != nil {
		if limit = *in.Limit; limit < 1 {
			return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", limit)
		}
	}
	t, err := d.table(in.TableName)
	if err != nil {
		return nil, err
	}
	var after *row
	if in.ExclusiveStartKey != nil {
		key, err := t.onlyKey(in.ExclusiveStartKey)
		if err != nil {
			return nil, invalid("The provided starting key is invalid: %s", err.(*failure).Message)
		}
		after = &key
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	items, last := t.page(after, limit)
	out := struct {
		Items               json.RawMessage
		Count, ScannedCount int
		LastEvaluatedKey    map[string]json.RawMessage `json:",omitempty"`
	}{Items: joined(items), Count: len(items), ScannedCount: len(items)}
	if last != nil {
		out.LastEvaluatedKey = map[string]json.RawMessage{t.attribute: []byte(last.key)}
	}
	return out, nil
}
