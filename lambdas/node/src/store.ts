import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { isThrottlingError } from "@smithy/core/retry";
import type { Fields, Item } from "./model.ts";
import { Transport } from "./transport.ts";

type SdkError = Parameters<typeof isThrottlingError>[0];

const maxAttempts = 3;
const connectMs = 2000;

/** The table has no such item. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** DynamoDB throttled the call or could not be reached, even after the SDK's own retries. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/** The store's environment variables. */
export interface StoreSettings {
  readonly table: string;
  readonly region: string | undefined;
  /** undefined is the service's own endpoint in the region. */
  readonly endpoint: string | undefined;
  readonly attemptTimeoutMs: number;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
}

/** A part of the table, and the id to go on after, if there is more. */
export interface ItemList {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

type Attributes = Record<string, AttributeValue>;

/**
 * Keeps items in a DynamoDB table. The client is made on first use, once per
 * process. Methods reject with a NotFoundError, an UnavailableError, or what was
 * not expected.
 */
export class DynamoStore {
  readonly #settings: StoreSettings;
  readonly #options: DynamoDBClientConfig;
  #client: DynamoDBClient | undefined;

  /** The options come last, so that a test can shorten the back-off. */
  constructor(settings: StoreSettings, options: DynamoDBClientConfig = {}) {
    this.#settings = settings;
    this.#options = options;
  }

  /** Makes the client and warms it: TLS, connection, one read. */
  async prime(signal: AbortSignal): Promise<void> {
    try {
      await this.get("00000000-0000-0000-0000-000000000000", signal);
    } catch (error) {
      if (error instanceof NotFoundError) return;
      throw new Error("prime the store", { cause: error });
    }
  }

  /** Writes a new item. The id is fresh, so that a retry does no harm. */
  async put(item: Item, expires: Date): Promise<void> {
    const command = new PutItemCommand({
      TableName: this.#settings.table,
      Item: toAttributes(item, expires),
    });
    await this.#dynamo.send(command).catch(classified("put item"));
  }

  /** Reads an item with strong consistency. */
  async get(id: string, signal?: AbortSignal): Promise<Item> {
    const command = new GetItemCommand({
      TableName: this.#settings.table,
      Key: key(id),
      ConsistentRead: true,
    });
    const options = signal && { abortSignal: signal };
    const { Item: found } = await this.#dynamo.send(command, options).catch(classified("get item"));
    if (found === undefined) throw new NotFoundError("get item: not found");
    return fromAttributes(found);
  }

  /** Reads up to limit items after the one with the id after; undefined is the start. */
  async list(limit: number, after: string | undefined): Promise<ItemList> {
    const command = new ScanCommand({
      TableName: this.#settings.table,
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : key(after),
    });
    const page = await this.#dynamo.send(command).catch(classified("scan items"));
    return {
      items: page.Items?.map(fromAttributes) ?? [],
      next: page.LastEvaluatedKey && text(page.LastEvaluatedKey, "id"),
    };
  }

  /**
   * Replaces what a caller decides about an item, and returns the whole of it.
   * It never creates one.
   */
  async update(id: string, fields: Fields, updatedAt: string): Promise<Item> {
    const command = new UpdateItemCommand({
      TableName: this.#settings.table,
      Key: key(id),
      ConditionExpression: "attribute_exists(id)",
      UpdateExpression:
        "SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt",
      ExpressionAttributeNames: { "#name": "name" }, // a reserved word
      ExpressionAttributeValues: {
        ":name": { S: fields.name },
        ":description": { S: fields.description },
        ":price": { N: String(fields.price) },
        ":updatedAt": { S: updatedAt },
      },
      ReturnValues: "ALL_NEW",
    });
    const { Attributes } = await this.#dynamo.send(command).catch(classified("update item"));
    return fromAttributes(Attributes ?? {});
  }

  /** Removes an item. */
  async delete(id: string): Promise<void> {
    const command = new DeleteItemCommand({
      TableName: this.#settings.table,
      Key: key(id),
      ConditionExpression: "attribute_exists(id)",
    });
    await this.#dynamo.send(command).catch(classified("delete item"));
  }

  get #dynamo(): DynamoDBClient {
    this.#client ??= new DynamoDBClient({ ...clientConfig(this.#settings), ...this.#options });
    return this.#client;
  }
}

/**
 * The client is configured from what Lambda always sets: environment variables.
 * The SDK's defaults would look into shared files as well, and carry the SSO,
 * STS and instance metadata clients, which no function of ours ever calls. So
 * whatever it would look up is said here, and build.ts leaves these clients out.
 */
function clientConfig(settings: StoreSettings): DynamoDBClientConfig {
  return {
    region: async () => {
      if (settings.region === undefined) throw new Error("no region: set AWS_REGION");
      return settings.region;
    },
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    // They stay the same for the whole life of a Lambda environment, so nothing
    // has to refresh them.
    credentials: async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = settings;
      if (accessKeyId === undefined || secretAccessKey === undefined) {
        throw new Error("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
      }
      return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    },
    retryMode: "standard",
    maxAttempts,
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
    requestHandler: new Transport({ connectMs, attemptMs: settings.attemptTimeoutMs }),
  };
}

function key(id: string): Attributes {
  return { id: { S: id } };
}

function toAttributes(item: Item, expires: Date): Attributes {
  return {
    id: { S: item.id },
    name: { S: item.name },
    description: { S: item.description },
    price: { N: String(item.price) },
    runtime: { S: item.runtime },
    sourceIp: { S: item.sourceIp },
    createdAt: { S: item.createdAt },
    updatedAt: { S: item.updatedAt },
    expiresAt: { N: String(Math.floor(expires.getTime() / 1000)) },
  };
}

function fromAttributes(attributes: Attributes): Item {
  return {
    id: text(attributes, "id"),
    name: text(attributes, "name"),
    description: text(attributes, "description"),
    price: number(attributes, "price"),
    runtime: text(attributes, "runtime"),
    sourceIp: text(attributes, "sourceIp"),
    createdAt: text(attributes, "createdAt"),
    updatedAt: text(attributes, "updatedAt"),
  };
}

function text(attributes: Attributes, name: string): string {
  const value = attributes[name]?.S;
  if (value === undefined) throw foreign(attributes, name, "a string");
  return value;
}

function number(attributes: Attributes, name: string): number {
  const value = Number(attributes[name]?.N ?? NaN);
  if (Number.isNaN(value)) throw foreign(attributes, name, "a number");
  return value;
}

/** Tells types only: what is in an item belongs in no log. */
function foreign(attributes: Attributes, name: string, want: string): Error {
  const got = Object.keys(attributes[name] ?? { nothing: true }).join();
  return new Error(`attribute ${name}: got ${got}, want ${want}`);
}

/** Rethrows an error of the SDK with what was done, and as one of ours where it is one. */
function classified(doing: string): (error: unknown) => never {
  return (cause) => {
    if (cause instanceof ConditionalCheckFailedException) {
      throw new NotFoundError(`${doing}: not found`, { cause });
    }
    if (isThrottlingError(cause as SdkError) || isUnreached(cause as SdkError)) {
      throw new UnavailableError(`${doing}: database unavailable`, { cause });
    }
    throw new Error(doing, { cause });
  };
}

/**
 * Whether no whole answer of DynamoDB arrived: none at all, half of one, none in
 * time, or one of a proxy before it.
 */
function isUnreached(error: SdkError & { code?: unknown }): boolean {
  if (error.name === "TimeoutError" || error.name === "AbortError") return true;
  // A system error: ECONNREFUSED, ECONNRESET, ENOTFOUND, and so on.
  if (typeof error.code === "string") return true;
  return [502, 503, 504].includes(error.$metadata?.httpStatusCode ?? 0);
}
