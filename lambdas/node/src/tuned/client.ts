import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

const connectMs = 2000;

/**
 * Makes a client that is told whatever the SDK would look up in shared files, or ask
 * the SSO, STS and instance metadata services for. None of these has anything to say
 * in Lambda, and build.ts leaves their clients out.
 *
 * @param attemptMs how long one attempt may take, in milliseconds
 */
export function createClient(attemptMs: number): DynamoDBClient {
  const { env } = process;
  const endpoint = env["AWS_ENDPOINT_URL_DYNAMODB"] ?? env["AWS_ENDPOINT_URL"];
  return new DynamoDBClient({
    region: async () => required("AWS_REGION"),
    ...(endpoint === undefined ? {} : { endpoint }),
    // They stay the same for the whole life of a Lambda environment, so nothing
    // has to refresh them.
    credentials: async () => {
      const sessionToken = env["AWS_SESSION_TOKEN"];
      return {
        accessKeyId: required("AWS_ACCESS_KEY_ID"),
        secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
        ...(sessionToken && { sessionToken }),
      };
    },
    retryMode: "standard",
    maxAttempts: 3,
    defaultsMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    accountIdEndpointMode: "disabled",
    authSchemePreference: ["sigv4"],
    userAgentAppId: async () => undefined,
    endpointDiscoveryEnabledProvider: async () => false,
    ignoreConfiguredEndpointUrls: true,
    disableClockSkewCorrection: false,
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: attemptMs,
      throwOnRequestTimeout: true,
      socketTimeout: attemptMs,
    },
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
