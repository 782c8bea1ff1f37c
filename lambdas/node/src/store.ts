import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Fields, Item } from "./model.ts";

/** The table has no such item. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** DynamoDB throttled the call or could not be reached, even after the SDK's own retries. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
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
  readonly #table: string;
  readonly #createClient: () => DynamoDBClient;
  #client: DynamoDBClient | undefined;

  constructor(table: string, createClient: () => DynamoDBClient) {
    this.#table = table;
    this.#createClient = createClient;
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
      TableName: this.#table,
      Item: toAttributes(item, expires),
    });
    await this.#dynamo.send(command).catch(classified("put item"));
  }

  /** Reads an item with strong consistency. */
  async get(id: string, signal?: AbortSignal): Promise<Item> {
    const command = new GetItemCommand({
      TableName: this.#table,
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
      TableName: this.#table,
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
      TableName: this.#table,
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
      TableName: this.#table,
      Key: key(id),
      ConditionExpression: "attribute_exists(id)",
    });
    await this.#dynamo.send(command).catch(classified("delete item"));
  }

  get #dynamo(): DynamoDBClient {
    this.#client ??= this.#createClient();
    return this.#client;
  }
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
    if (isUnavailable(cause as SdkError)) {
      throw new UnavailableError(`${doing}: database unavailable`, { cause });
    }
    throw new Error(doing, { cause });
  };
}

interface SdkError extends Error {
  /** Node's code of a system error: ECONNREFUSED, ECONNRESET, ENOTFOUND, and so on. */
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** How DynamoDB throttles, and how the SDK says that no answer arrived in time. */
const unavailable = [
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TimeoutError",
  "AbortError",
];

/** Whether DynamoDB throttled, or no whole answer of its own arrived. */
function isUnavailable(error: SdkError): boolean {
  if (unavailable.includes(error.name) || typeof error.code === "string") return true;
  return [502, 503, 504].includes(error.$metadata?.httpStatusCode ?? 0);
}
