package dynamodb

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Sizes of the warm-up: dynalite's processor time per call halves within the
// first 100 rounds and hardly falls after 300.
const (
	warmers    = 4
	warmRounds = 75
)

// Warm makes the database do what the functions will ask of it until its own
// just-in-time compiler has settled, so that no runtime pays for that. It
// leaves nothing in the table. A database that isn't on this machine is only
// read from.
func (db *Database) Warm(ctx context.Context) error {
	errs := make(chan error, warmers)
	var all sync.WaitGroup
	for range warmers {
		all.Go(func() {
			for range warmRounds {
				if err := db.client.round(ctx, db.table); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return fmt.Errorf("warm the database at %s: %w", db.Endpoint(), err)
	}
	return nil
}

// round is one call of each kind, with the expressions that functions use, on
// an item of its own.
func (c *client) round(ctx context.Context, table string) error {
	// Not an id of the API's form, so that no page token can point to it.
	id := &types.AttributeValueMemberS{Value: "warm-up-" + rand.Text()}
	key := map[string]types.AttributeValue{"id": id}
	get := &dynamodb.GetItemInput{TableName: aws.String(table), Key: key, ConsistentRead: aws.Bool(true)}
	scan := &dynamodb.ScanInput{TableName: aws.String(table), Limit: aws.Int32(10)}
	if !c.local {
		if _, err := c.GetItem(ctx, get); err != nil {
			return err
		}
		_, err := c.Scan(ctx, scan)
		return err
	}
	_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: map[string]types.AttributeValue{
		"id":          id,
		"name":        &types.AttributeValueMemberS{Value: "Warm-up"},
		"description": &types.AttributeValueMemberS{Value: "Written before anything is timed"},
		"price":       &types.AttributeValueMemberN{Value: "19.99"},
		"expiresAt":   &types.AttributeValueMemberN{Value: "4102444800"},
	}})
	if err != nil {
		return err
	}
	if _, err := c.GetItem(ctx, get); err != nil {
		return err
	}
	if _, err := c.Scan(ctx, scan); err != nil {
		return err
	}
	_, err = c.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(table), Key: key,
		UpdateExpression:          aws.String("SET #name = :name, price = :price"),
		ConditionExpression:       aws.String("attribute_exists(id)"),
		ExpressionAttributeNames:  map[string]string{"#name": "name"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":name": &types.AttributeValueMemberS{Value: "Warm"}, ":price": &types.AttributeValueMemberN{Value: "20"}},
		ReturnValues:              types.ReturnValueAllNew,
	})
	if err != nil {
		return err
	}
	_, err = c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(table), Key: key, ConditionExpression: aws.String("attribute_exists(id)")})
	return err
}
