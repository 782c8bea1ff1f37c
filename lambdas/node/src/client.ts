import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

const connectMs = 2000;

/**
 * Makes a client that finds region, credentials and endpoint as every SDK does. Three
 * attempts of 8 s are over before Lambda ends the function.
 *
 * @param attemptMs how long one attempt may take, in milliseconds
 */
export function createClient(attemptMs: number): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: attemptMs,
      throwOnRequestTimeout: true,
      // For answers that stop half-way: the limit above ends with their headers.
      socketTimeout: attemptMs,
    },
  });
}
