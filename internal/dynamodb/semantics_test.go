package dynamodb

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What the API's five stores rely on, asked of every kind of database.

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

func put(ctx context.Context, db *Database, item map[string]types.AttributeValue) error {
	_, err := db.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(db.TableName()), Item: item})
	return err
}

func get(t *testing.T, db *Database, id string) map[string]types.AttributeValue {
	t.Helper()
	output, err := db.client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(db.TableName()), Key: map[string]types.AttributeValue{"id": text(id)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	return output.Item
}

func TestConditionalWrites(t *testing.T) { eachKind(t, conditionalWrites) }

func conditionalWrites(t *testing.T, db *Database) {
	table, key := aws.String(db.TableName()), map[string]types.AttributeValue{"id": text("conditional")}
	var failed *types.ConditionalCheckFailedException

	update := &dynamodb.UpdateItemInput{
		TableName: table, Key: key,
		UpdateExpression:          aws.String("SET price = :p"),
		ConditionExpression:       aws.String("attribute_exists(id)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": number("2")},
		ReturnValues:              types.ReturnValueAllNew,
	}
	remove := &dynamodb.DeleteItemInput{TableName: table, Key: key, ConditionExpression: aws.String("attribute_exists(id)")}
	create := &dynamodb.PutItemInput{
		TableName: table, Item: map[string]types.AttributeValue{"id": text("conditional"), "price": number("1"), "name": text("n")},
		ConditionExpression: aws.String("attribute_not_exists(id)"),
	}

	if _, err := db.client.UpdateItem(t.Context(), update); !errors.As(err, &failed) {
		t.Errorf("update of what isn't there: got %v, want a failed condition", err)
	}
	if _, err := db.client.DeleteItem(t.Context(), remove); !errors.As(err, &failed) {
		t.Errorf("delete of what isn't there: got %v, want a failed condition", err)
	}
	if got := get(t, db, "conditional"); got != nil {
		t.Errorf("a failed condition made %v", got)
	}
	if _, err := db.client.PutItem(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	if _, err := db.client.PutItem(t.Context(), create); !errors.As(err, &failed) {
		t.Errorf("second conditional put: got %v, want a failed condition", err)
	}
	updated, err := db.client.UpdateItem(t.Context(), update)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(updated.Attributes)), []string{"id", "name", "price"}; !slices.Equal(got, want) {
		t.Errorf("ALL_NEW: got %v, want %v", got, want)
	}
	if _, err := db.client.DeleteItem(t.Context(), remove); err != nil {
		t.Error(err)
	}
	if _, err := db.client.DeleteItem(t.Context(), remove); !errors.As(err, &failed) {
		t.Errorf("second delete: got %v, want a failed condition", err)
	}
}

func TestExactDecimals(t *testing.T) { eachKind(t, exactDecimals) }

func exactDecimals(t *testing.T, db *Database) {
	for stored, want := range map[string]string{
		"19.990": "19.99", "100": "100", "1e2": "100", "0": "0", "-0": "0", "0.1": "0.1", "1000000": "1000000", "999999.99": "999999.99", "1E-2": "0.01",
	} {
		if err := put(t.Context(), db, map[string]types.AttributeValue{"id": text("decimal"), "price": number(stored)}); err != nil {
			t.Fatalf("%s: %v", stored, err)
		}
		got, ok := get(t, db, "decimal")["price"].(*types.AttributeValueMemberN)
		if !ok || got.Value != want {
			t.Errorf("%s comes back as %v, want %s", stored, got, want)
		}
	}
}

func TestScanWalksEveryItemOnce(t *testing.T) { eachKind(t, scanWalksEveryItemOnce) }

func scanWalksEveryItemOnce(t *testing.T, db *Database) {
	var want []string
	for i := range 25 {
		id := string(rune('a' + i))
		want = append(want, id)
		if err := put(t.Context(), db, map[string]types.AttributeValue{"id": text(id)}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	var from map[string]types.AttributeValue
	pages := 0
	for {
		page, err := db.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(db.TableName()), Limit: aws.Int32(5), ExclusiveStartKey: from})
		if err != nil {
			t.Fatal(err)
		}
		pages++
		if len(page.Items) > 5 {
			t.Errorf("page %d has %d items, want at most 5", pages, len(page.Items))
		}
		for _, item := range page.Items {
			got = append(got, item["id"].(*types.AttributeValueMemberS).Value)
		}
		if from = page.LastEvaluatedKey; from == nil {
			break
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if pages < 5 {
		t.Errorf("pages: got %d, want at least 5", pages)
	}

	// A token may point to an item that never was: the walk goes on from there.
	forged, err := db.client.Scan(t.Context(), &dynamodb.ScanInput{
		TableName: aws.String(db.TableName()), ExclusiveStartKey: map[string]types.AttributeValue{"id": text("never")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(forged.Items); n > 25 || forged.LastEvaluatedKey != nil {
		t.Errorf("from a forged key: got %d items and %v, want at most 25 and the end", n, forged.LastEvaluatedKey)
	}
}
