//go:build dynamodblocal

// DynamoDB Local is fetched on somebody's word only, a test's too:
//
//	go test -tags dynamodblocal -run DynamoDBLocal ./internal/dynamodb

package dynamodb

import (
	"net"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func init() { kinds = append(kinds, Local) }

func TestDynamoDBLocal(t *testing.T) {
	db := start(t, Options{Kind: Local})
	if err := put(t.Context(), db, map[string]types.AttributeValue{"id": text("1"), "price": number("19.990")}); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, db, "1")["price"].(*types.AttributeValueMemberN).Value, "19.99"; got != want {
		t.Errorf("price: got %s, want %s", got, want)
	}
	pid, address := db.PID(), hostPort(t, db)
	db.Close()
	if err := syscall.Kill(-pid, 0); err != syscall.ESRCH {
		t.Errorf("process group after Close: got %v, want %v", err, syscall.ESRCH)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Errorf("%s still answers after Close", address)
	}

	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, err = Start(t.Context(), Options{Kind: Local, CacheDir: testCache(), Port: listener.Addr().(*net.TCPAddr).Port})
	if err == nil || !portTaken(err) {
		t.Errorf("on a taken port: got %v", err)
	}
}
